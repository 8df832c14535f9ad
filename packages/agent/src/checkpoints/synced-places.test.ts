import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
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

it('makes places that are missing', async () => {
  const places = [join(directory, 'a', 'b'), join(directory, 'a')]
  await makePlaces(places, ['/somewhere/else'])
  expect(places.map((place) => existsSync(place))).toEqual([true, true])
})

it.each<[string, (directory: string) => string[], RegExp]>([
  [
    'what the job needs',
    (at) => [at],
    /^ClientError: The LocalPath .* cannot be had.*: it holds .*\/data\/host on/,
  ],
  ['a file', (at) => [join(at, 'file', 'x')], /^ClientError: The LocalPath .* cannot be had.*: ENOTDIR/],
])('refuses a place that would hide %s', async (_case, places, reason) => {
  await makePlaces([join(directory, 'data', 'host')], [])
  writeFileSync(join(directory, 'file'), '')
  const needed = [join(directory, 'data', 'host')]
  await expect(makePlaces(places(directory), needed)).rejects.toMatchObject({
    reason: expect.stringMatching(reason),
  })
})
