import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { walkFolder } from './walk-folder.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sagebrush-walk-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const pathsOf = async (root = folder) => {
  const [paths, leftOut] = [[] as string[], [] as string[]]
  for await (const { path } of walkFolder(root, (bad) => leftOut.push(bad))) paths.push(path)
  return { paths, leftOut }
}

it('gives folders before what they hold, and follows no link', async () => {
  mkdirSync(join(folder, 'b', 'deep'), { recursive: true })
  mkdirSync(join(folder, 'empty'))
  for (const path of ['b/deep/file', 'b/a', 'c \ufffd\n', 'a']) writeFileSync(join(folder, path), '')
  symlinkSync('b', join(folder, 'link'))
  const paths = ['a', 'b', 'b/a', 'b/deep', 'b/deep/file', 'c \ufffd\n', 'empty', 'link']
  expect(await pathsOf()).toEqual({ paths, leftOut: [] })
})

it('tells of names that are no UTF-8, and goes on', async () => {
  const named = (bytes: number[]) => Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(bytes)])
  writeFileSync(named([0xff, 0x61]), '')
  mkdirSync(named([0x62, 0xc3]))
  writeFileSync(named([0x62, 0xc3, 0x2f, 0x61]), '')
  writeFileSync(join(folder, 'z'), '')
  expect(await pathsOf()).toEqual({ paths: ['z'], leftOut: ['b\ufffd', '\ufffda'] })
})

it('gives nothing of a folder that is not there, or no folder', async () => {
  writeFileSync(join(folder, 'file'), '')
  for (const name of ['nowhere', 'file']) expect((await pathsOf(join(folder, name))).paths).toEqual([])
})
