import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ownFolder } from './own-folder.ts'

let directory: string
beforeEach(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'sagebrush-own-')))
  for (const path of ['ml/output/data', 'ml/model', 'elsewhere/data', 'ml-too'])
    mkdirSync(join(directory, path), { recursive: true })
  symlinkSync(directory, join(directory, 'link'))
  for (const [path, target] of [
    ['inside', 'output/data'],
    ['out', '../elsewhere'],
    ['beside', '../ml-too'],
    ['nowhere', '/no/such/folder'],
  ] as const)
    symlinkSync(target, join(directory, 'ml', path))
})
afterEach(() => rmSync(directory, { recursive: true }))

it.each([
  ['a folder', 'ml/output/data', 'ml/output/data'],
  ['the root itself', 'ml', 'ml'],
  ['a folder below a link to the root', 'link/ml/model', 'ml/model'],
  ['a link that stays inside', 'ml/inside', 'ml/output/data'],
  ['a link that leads out', 'ml/out', undefined],
  ['a folder below such a link', 'ml/out/data', undefined],
  ['a link to a folder of a similar name', 'ml/beside', undefined],
  ['a link to nothing', 'ml/nowhere', undefined],
  ['what is not there', 'ml/missing', undefined],
])('%s', async (_situation, path, expected) => {
  const found = await ownFolder(join(directory, 'ml'), join(directory, path))
  expect(found).toBe(expected === undefined ? undefined : join(directory, expected))
})
