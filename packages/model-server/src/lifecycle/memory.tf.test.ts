import { afterAll, beforeAll, expect, test } from 'vitest'
import { createManager } from '../manager.ts'
import { savedModelLoader } from '../tensorflow/saved-model-loader.ts'
import { buildModels, type TestModels } from '../testing/tensorflow.ts'

let models: TestModels
beforeAll(async () => {
  models = await buildModels('mlp')
})
afterAll(() => models[Symbol.asyncDispose]())

test('a hundred versions that replace each other give their memory back', async () => {
  const { libraryPath } = models
  const engine = { libraryPath, runTimeoutMillis: 30_000, intraOpThreads: 0, interOpThreads: 0 }
  await using manager = createManager()
  const mebibytes: number[] = []
  for (let version = 1; version <= 100; version++) {
    manager.aspire('m', [savedModelLoader({ model: 'm', version }, `${models.directory}/mlp/1`, engine)])
    await manager.whenAvailable(['m'])
    mebibytes.push(process.memoryUsage().rss / 2 ** 20)
  }
  expect(manager.states('m').map(({ state }) => state)).toEqual([
    'AVAILABLE',
    ...new Array<string>(99).fill('END'),
  ])
  // 80 models that were kept would hold 220 MiB of variables alone.
  expect((mebibytes[99] ?? 0) - (mebibytes[19] ?? 0)).toBeLessThan(40)
})
