import { EventEmitter, once } from 'node:events'
import { describe, expect, test, vi } from 'vitest'
import type { Loader } from '../servable.ts'
import { StatusError } from '../status.ts'
import { plainLoader } from '../testing/plain-servable.ts'
import { createManager } from './manager.ts'

/** Records when the model is unloaded. */
function watched(version: number, log: string[]): Loader {
  const { id, load } = plainLoader('m', version)
  const disposing = async () => {
    log.push(`unloaded ${version}`)
  }
  return { id, load: async () => ({ ...(await load()), [Symbol.asyncDispose]: disposing }) }
}

const failing: Loader = {
  id: { model: 'bad', version: 2 },
  load: () => Promise.reject(new StatusError('NOT_FOUND', 'no such file')),
}

describe('createManager', () => {
  test('leases the newest version, or the one asked for', async () => {
    const manager = createManager()
    await manager.load([plainLoader('m', 1), plainLoader('m', 10), plainLoader('m', 2)])
    using newest = manager.acquire('m', 'latest')
    using second = manager.acquire('m', { version: 2 })
    expect([newest.servable.id.version, second.servable.id.version]).toEqual([10, 2])
  })

  test('says why a model is not there, and keeps those that are', async () => {
    const manager = createManager()
    await expect(manager.load([plainLoader('m', 1), failing])).rejects.toThrow('no such file')
    expect(manager.states('m')).toEqual([{ version: 1, state: 'AVAILABLE' }])
    expect(manager.states('bad')).toMatchObject([{ version: 2, state: 'END', error: { code: 'NOT_FOUND' } }])
    expect(() => manager.acquire('bad', 'latest')).toThrow('Servable not found for request: Latest(bad)')
  })

  test('knows every model from the start, available or not', async () => {
    const manager = createManager()
    const loading = manager.load([plainLoader('m', 1), plainLoader('n', 1)])
    expect(['m', 'n'].map((model) => manager.states(model)[0]?.state)).toEqual(['LOADING', 'START'])
    await loading
    expect(manager.models()).toEqual(['m', 'n'])
  })

  test('unloads a version only when its last lease is returned', async () => {
    const log: string[] = []
    const manager = createManager()
    await manager.load([watched(1, log)])
    const lease = manager.acquire('m', 'latest')
    const disposed = manager[Symbol.asyncDispose]().then(() => log.push('disposed'))
    await Promise.resolve()
    expect(() => manager.acquire('m', 'latest')).toThrow('Servable not found')
    log.push('returned')
    lease[Symbol.dispose]()
    await disposed
    expect(log).toEqual(['returned', 'unloaded 1', 'disposed'])
  })

  test.each([
    ['loads', true],
    ['fails to load', false],
  ])('loads a version that was given up and is wanted again while it %s', async (_situation, isLoaded) => {
    const gate = new EventEmitter()
    const opened = once(gate, 'open')
    const { id, load } = plainLoader('m', 1)
    let attempts = 0
    const loader: Loader = {
      id,
      async load() {
        attempts++
        if (attempts === 1) await opened
        return load()
      },
    }
    const manager = createManager()
    manager.aspire('m', [loader])
    manager.aspire('m', [])
    manager.aspire('m', [loader])
    if (isLoaded) gate.emit('open')
    else gate.emit('error', new StatusError('NOT_FOUND', 'no such file'))
    await vi.waitFor(() => expect(manager.states('m')).toEqual([{ version: 1, state: 'AVAILABLE' }]), 30_000)
    expect(attempts).toBe(isLoaded ? 1 : 2)
  })

  test('loads a version anew that is wanted again while it unloads', async () => {
    const log: string[] = []
    const manager = createManager()
    await manager.load([watched(1, log)])
    const lease = manager.acquire('m', 'latest')
    manager.aspire('m', [])
    manager.aspire('m', [watched(1, log)])
    expect(manager.states('m')).toEqual([{ version: 1, state: 'UNLOADING' }])
    lease[Symbol.dispose]()
    await manager.whenAvailable(['m'])
    expect([log, manager.states('m')]).toEqual([['unloaded 1'], [{ version: 1, state: 'AVAILABLE' }]])
  })
})
