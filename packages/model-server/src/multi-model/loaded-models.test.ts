import { EventEmitter, once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { UserCodeError } from '../handlers/user-code.ts'
import type { Loader } from '../servable.ts'
import { StatusError } from '../status.ts'
import {
  type PlainMultiModelOptions,
  type PlainMultiModelServer,
  startPlainMultiModelServer,
} from '../testing/plain-multi-model-server.ts'
import { plainLoader } from '../testing/plain-servable.ts'
import { modelMemory } from './model-memory.ts'

let server: PlainMultiModelServer
afterEach(() => server[Symbol.asyncDispose]())

async function started(options: PlainMultiModelOptions = {}) {
  server = await startPlainMultiModelServer(options)
  return { models: server.models, url: await server.modelDirectory('m') }
}

/** Loads wait for `open`; counts them. */
function gated() {
  const gate = new EventEmitter()
  const opened = once(gate, 'open')
  const seen = { loads: 0 }
  const loader = (id: Loader['id']): Loader => {
    const { load } = plainLoader(id.model, id.version)
    return {
      id,
      async load() {
        seen.loads++
        await opened
        return load()
      },
    }
  }
  return { loader, seen, open: () => gate.emit('open') }
}

describe('LoadedModels', () => {
  test('two loads of one model at once load it once, and one of them hears so', async () => {
    const { loader, seen, open } = gated()
    const { models, url } = await started({ loader })
    const both = [models.load('a', url), models.load('a', url)]
    const outcomes = Promise.allSettled(both)
    expect(models.get('a')).toBeUndefined()
    open()
    expect((await outcomes).map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    await expect(both[1]).rejects.toMatchObject({ status: 409, message: 'Model a is already loaded.' })
    expect(seen.loads).toBe(1)
  })

  test('an unload that is asked for while the model loads waits, and takes it away', async () => {
    const { loader, open } = gated()
    const { models, url } = await started({ loader })
    const loading = models.load('a', url)
    const unloading = models.unload('a')
    open()
    await loading
    expect(await unloading).toBe(true)
    expect(models.get('a')).toBeUndefined()
  })

  test('an unload waits for the requests under way, and the name is free afterwards', async () => {
    const { models, url } = await started()
    await models.load('a', url)
    expect(await models.unload('a')).toBe(true)
    expect(await models.unload('a')).toBe(false)
    expect((await models.load('a', url)).name).toBe('a')
  })

  test('a load that takes too long is told so; the name is free once it has ended', async () => {
    const { loader, open } = gated()
    const { models, url } = await started({ loader, loadSeconds: 0.02 })
    await expect(models.load('a', url)).rejects.toMatchObject({
      status: 408,
      message: 'Timed out after 0.02 seconds',
    })
    const again = models.load('a', url)
    open()
    expect((await again).name).toBe('a')
  })

  test('what fits no longer is refused, until another model goes', async () => {
    const memory = modelMemory({ limitBytes: 5 * 2 ** 20, freeBytes: () => Number.POSITIVE_INFINITY })
    const { models, url } = await started({ memory })
    await writeFile(join(url, '1', 'weights'), Buffer.alloc(2 ** 20))
    await models.load('a', url)
    const refusal = {
      status: 507,
      message: 'Memory exhausted: not enough memory to start TFS instance',
    }
    await expect(models.load('b', url)).rejects.toMatchObject(refusal)
    await models.unload('a')
    expect(memory.reservedBytes).toBe(0)
    await models.load('b', url)
    expect(memory.reservedBytes).toBe(3 * 2 ** 20)
  })

  test('TensorFlow out of memory is memory exhausted', async () => {
    const reason = new StatusError('RESOURCE_EXHAUSTED', 'OOM when allocating tensor')
    const { models, url } = await started({ loader: (id) => ({ id, load: () => Promise.reject(reason) }) })
    await expect(models.load('a', url)).rejects.toMatchObject({ status: 507 })
  })

  test('handlers that cannot be started fail the load with their reason', async () => {
    const startCode = () => Promise.reject(new UserCodeError('inference.py: invalid syntax'))
    const { models, url } = await started({ startCode })
    await expect(models.load('a', url)).rejects.toMatchObject({
      status: 500,
      message: 'inference.py: invalid syntax',
    })
  })

  test("a model's handlers end with it", async () => {
    const ended: string[] = []
    const startCode = async (directory: string) => ({
      answer: () => Promise.reject(new Error('not asked')),
      [Symbol.asyncDispose]: async () => {
        ended.push(directory)
      },
    })
    const { models, url } = await started({ startCode })
    await models.load('a', url)
    await models.load('b', url)
    await models.unload('a')
    expect(ended).toEqual([url])
  })
})

describe('where a model lies', () => {
  test('in numbered directories right there, whatever else is below', async () => {
    const { models } = await started()
    const url = await server.modelDirectory('here', { 'assets/7/saved_model.pb': '' })
    await models.load('a', url)
    expect(models.get('a')?.url).toBe(url)
  })

  test('in one directory further down, as in older archives', async () => {
    const { models } = await started()
    await server.modelDirectory('old/export/Servo')
    await models.load('a', join(await server.modelDirectory('old/export/Servo'), '..', '..'))
    expect(models.get('a')).toBeDefined()
  })

  test('not in two', async () => {
    const { models, url } = await started()
    await server.modelDirectory('n')
    await expect(models.load('a', join(url, '..'))).rejects.toMatchObject({ status: 404 })
  })
})
