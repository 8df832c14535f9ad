import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { privateRoot } from '@sagebrush/environments'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makePlaces, outsideBinds, realFolder } from './synced-places.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sagebrush-places-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

it.each([
  ['/opt/ml/checkpoints', '/host/ml/checkpoints'],
  ['/opt/mlx/checkpoints', '/host/synced/opt/mlx/checkpoints'],
  ['/tmp/steps', '/host/synced/tmp/steps'],
])('%s really is %s', (path, expected) => {
  expect(realFolder('/host/ml', { path })).toBe(expected)
})

it('binds what /opt/ml does not hold', () => {
  expect(outsideBinds('/host/ml', [{ path: '/opt/ml/checkpoints' }, { path: '/tmp/steps' }])).toEqual([
    { source: '/host/synced/tmp/steps', target: '/tmp/steps' },
  ])
  expect(outsideBinds('/host/ml')).toEqual([])
})

describe('places that are missing', () => {
  const made = async (...places: string[]) => {
    const removals: string[][] = []
    const note = async (told: string[][]) => {
      expect(places.some((place) => existsSync(place))).toBe(false)
      removals.push(...told)
    }
    await makePlaces(places, { needed: ['/somewhere/else'], note })
    expect(places.every((place) => existsSync(place))).toBe(true)
    return () => {
      for (const [command = '', ...args] of removals) execFileSync(command, args)
    }
  }

  it('are made, and removed with what was made on the way', async () => {
    const remove = await made(join(directory, 'a b', 'c'), join(directory, 'a b'), join(directory, 'd', 'e'))
    remove()
    expect(readdirSync(directory)).toEqual([])
    remove()
  })

  it('stay when somebody has put something there', async () => {
    const remove = await made(join(directory, 'a', 'b'))
    writeFileSync(join(directory, 'a', 'file'), '')
    remove()
    expect(readdirSync(join(directory, 'a'))).toEqual(['file'])
  })

  it('stay for as long as another program has something bound over them', async () => {
    const root = await privateRoot()
    if (root === undefined) throw new Error('this machine allows no private root')
    const target = join(directory, 'place with blanks')
    const remove = await made(target)
    const [program = '', ...args] = root.wrap(['/bin/sh', '-c', 'echo ready; read -r line'], {
      mlDirectory: mkdirp(join(directory, 'ml')),
      binds: [{ source: mkdirp(join(directory, 'real')), target }],
    })
    const other = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    await once(other.stdout, 'data')
    remove()
    expect(existsSync(target)).toBe(true)
    other.stdin.end()
    await once(other, 'exit')
    remove()
    expect(existsSync(target)).toBe(false)
  })
})

function mkdirp(path: string): string {
  mkdirSync(path, { recursive: true })
  return path
}

it('leaves a folder alone that was there', async () => {
  await makePlaces([directory], {
    needed: [],
    note: () => Promise.reject(new Error('nothing is to be removed')),
  })
  expect(existsSync(directory)).toBe(true)
})

it.each<[string, (directory: string) => string[], RegExp]>([
  [
    'what the job needs',
    (at) => [at],
    /^ClientError: The LocalPath .* cannot be had.*: it holds .*\/data\/host on/,
  ],
  ['a file', (at) => [join(at, 'file', 'x')], /^ClientError: The LocalPath .* cannot be had.*: ENOTDIR/],
])('refuses a place that would hide %s', async (_case, places, reason) => {
  const note = async () => {}
  await makePlaces([join(directory, 'data', 'host')], { needed: [], note })
  writeFileSync(join(directory, 'file'), '')
  const needed = [join(directory, 'data', 'host')]
  await expect(makePlaces(places(directory), { needed, note })).rejects.toMatchObject({
    reason: expect.stringMatching(reason),
  })
})
