import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { savedModelLoader } from '../tensorflow/saved-model-loader.ts'
import { buildModels, type TestModels } from '../testing/tensorflow.ts'
import { createManager } from './manager.ts'

let models: TestModels
beforeAll(async () => {
  process.env.TF_OVERRIDE_GLOBAL_THREADPOOL = 'true'
  models = await buildModels('mlp')
})
afterAll(() => models[Symbol.asyncDispose]())

const threads = (): number => readdirSync('/proc/self/task').length

test('a hundred versions that replace each other give their memory and their threads back', async () => {
  const { libraryPath } = models
  const engine = {
    libraryPath,
    runTimeoutMillis: 30_000,
    intraOpThreads: 'measured',
    interOpThreads: 0,
  } as const
  await using manager = createManager()
  const mebibytes: number[] = []
  const threadCounts: number[] = []
  for (let version = 1; version <= 100; version++) {
    manager.aspire('m', [savedModelLoader({ model: 'm', version }, `${models.directory}/mlp/1`, engine)])
    await manager.whenAvailable(['m'])
    mebibytes.push(process.memoryUsage().rss / 2 ** 20)
    threadCounts.push(threads())
  }
  const wanted = ['AVAILABLE', ...new Array<string>(99).fill('END')]
  await vi.waitFor(() => expect(manager.states('m').map(({ state }) => state)).toEqual(wanted), 60_000)
  // 80 models that were kept would hold 220 MiB of variables alone.
  expect((mebibytes[99] ?? 0) - (mebibytes[19] ?? 0)).toBeLessThan(40)
  expect((threadCounts[99] ?? 0) - (threadCounts[19] ?? 0)).toBeLessThan(10)
})
