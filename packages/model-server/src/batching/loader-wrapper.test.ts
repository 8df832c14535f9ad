import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TensorMap } from '../tensor.ts'
import { plainLoader } from '../testing/plain-servable.ts'
import { type BatchingSettings, loaderWrapper } from './loader-wrapper.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'batching-'))
})
afterAll(() => rm(directory, { recursive: true }))

const rows = (count: number): TensorMap =>
  new Map([['x', { dtype: 'float32', shape: [count], data: new Uint8Array(count * 4) }]])

async function ask(settings: BatchingSettings | undefined, in_: string, count: number): Promise<unknown> {
  const wrap = await loaderWrapper(settings, { processors: 2, queueTimeoutMillis: 1000 })
  const servable = await wrap(plainLoader('m', 1), in_).load()
  return servable.run('serving_default', rows(count))
}
const tooLarge = (size: number, limit: number) =>
  `Task size ${size} is larger than maximum input batch size ${limit}`

const off: BatchingSettings = { parametersFile: undefined, parameters: {}, isPerModel: false }

test('without settings a servable stays as it is', async () => {
  const loader = plainLoader('m', 1)
  const wrap = await loaderWrapper(undefined, { processors: 1, queueTimeoutMillis: 0 })
  expect(wrap(loader, directory)).toBe(loader)
})

test('the file comes before other settings, and these before the defaults', async () => {
  const parametersFile = join(directory, 'parameters')
  await writeFile(parametersFile, 'max_batch_size { value: 3 }')
  const parameters = { maxBatchSize: 8 }
  await expect(ask({ ...off, parameters }, directory, 9)).rejects.toThrow(tooLarge(9, 8))
  await expect(ask({ ...off, parameters, parametersFile }, directory, 4)).rejects.toThrow(tooLarge(4, 3))
  await expect(ask(off, directory, 1001)).rejects.toThrow(tooLarge(1001, 1000))
})

test('a version has its own parameters, or is not batched', async () => {
  const settings = { ...off, parameters: { maxBatchSize: 1 }, isPerModel: true }
  expect(await ask(settings, directory, 2000)).toBeInstanceOf(Map)
  const own = await mkdtemp(join(directory, 'version-'))
  await writeFile(join(own, 'batching_params.pbtxt'), 'max_batch_size { value: 2 }')
  await expect(ask(settings, own, 3)).rejects.toThrow(tooLarge(3, 2))
})

test.each([
  ['missing', undefined, 'NOT_FOUND', /No such file or directory$/],
  ['wrong', 'max_batch_size: 1', 'INVALID_ARGUMENT', /wrong: /],
  [
    'impossible',
    'max_batch_size { value: 0 }',
    'INVALID_ARGUMENT',
    /^max_batch_size must be positive; was 0$/,
  ],
])('a parameters file that is %s says so at the start', async (name, text, code, message) => {
  const parametersFile = join(directory, name)
  if (text !== undefined) await writeFile(parametersFile, text)
  const error = await ask({ ...off, parametersFile }, directory, 1).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code, message: expect.stringMatching(message) })
})
