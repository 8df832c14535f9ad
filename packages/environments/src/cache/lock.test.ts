import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { env } from 'node:process'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { findInterpreters } from '../versions/interpreters.ts'
import { withLock } from './lock.ts'

let directory: string
let path: string
let python: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lock-'))
  path = join(directory, 'locks', 'it')
  python = (await findInterpreters({ variables: env }))[0]?.executable ?? 'no Python'
})
afterAll(() => rm(directory, { recursive: true }))

it('lets one in after the other', async () => {
  const events: string[] = []
  const enter = (name: string) =>
    withLock(path, { python }, async () => {
      events.push(`${name} in`)
      await new Promise((resolve) => setImmediate(resolve))
      events.push(`${name} out`)
    })
  await Promise.all([enter('a'), enter('b'), enter('c')])
  expect(events.map((event) => event.split(' ')[1])).toEqual(['in', 'out', 'in', 'out', 'in', 'out'])
})

it('frees the lock when the action fails', async () => {
  await expect(withLock(path, { python }, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await withLock(path, { python }, async () => 'in')).toBe('in')
})

it('says that it waits, and stops waiting when asked to', async () => {
  const stop = new AbortController()
  const onWait = vi.fn(() => stop.abort(new Error('enough')))
  await withLock(path, { python }, async () => {
    const waiting = withLock(path, { python, onWait, signal: stop.signal }, async () => 'in')
    await expect(waiting).rejects.toThrow('enough')
  })
  expect(onWait).toHaveBeenCalledOnce()
})

it('says when it cannot lock', async () => {
  await expect(withLock(path, { python: '/no/such/python' }, async () => 'in')).rejects.toThrow(
    'cannot be locked',
  )
})
