import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { answerDocument, type Method } from '../prediction/documents.ts'
import type { Servable } from '../servable.ts'
import { savedModelLoader } from '../tensorflow/saved-model-loader.ts'
import { buildModels, type TestModels } from '../testing/tensorflow.ts'
import { batched } from './batched.ts'
import { type BatchingOptions, batchingOptions } from './options.ts'

let models: TestModels
beforeAll(async () => {
  models = await buildModels('half_plus_two', 'mlp', 'mnist', 'vocabulary', 'two_inputs', 'counter')
})
afterAll(() => models[Symbol.asyncDispose]())

const load = (model: string): Promise<Servable> =>
  savedModelLoader({ model, version: 1 }, join(models.directory, model, '1'), {
    libraryPath: models.libraryPath,
    intraOpThreads: 0,
    interOpThreads: 0,
    runTimeoutMillis: 30_000,
  }).load()

async function ask(servable: Servable, body: unknown, method: Method = 'predict'): Promise<unknown> {
  const bytes = Buffer.from(JSON.stringify(body))
  const answer = await answerDocument(servable, { method, format: 'json', body: bytes })
  return JSON.parse(Buffer.from(answer).toString())
}

/** The same, and how many runs TensorFlow has seen. */
function counted(servable: Servable): { servable: Servable; runs: () => number } {
  let runs = 0
  const run: Servable['run'] = (...call) => {
    runs++
    return servable.run(...call)
  }
  return { servable: { ...servable, run }, runs: () => runs }
}

/** Floats that differ by what the order of a sum makes of them. */
function expectAlmostEqual(got: unknown, expected: unknown): void {
  if (typeof got === 'number' && typeof expected === 'number') {
    expect(Math.abs(got - expected)).toBeLessThanOrEqual(Math.abs(expected) * 2 ** -20 + 2 ** -30)
  } else if (got && expected && typeof got === 'object' && typeof expected === 'object') {
    expect(Object.keys(got)).toEqual(Object.keys(expected))
    for (const [key, value] of Object.entries(expected)) expectAlmostEqual(Reflect.get(got, key), value)
  } else expect(got).toEqual(expected)
}

const pixels = (seed: number): number[] =>
  Array.from({ length: 784 }, (_, index) => ((index * seed) % 97) / 97)
const image = (seed: number) => {
  const all = pixels(seed)
  return Array.from({ length: 28 }, (_, y) => Array.from({ length: 28 }, (_, x) => [all[y * 28 + x]]))
}
const bodies: Record<string, (seed: number) => unknown> = {
  half_plus_two: (seed) => ({ instances: seed % 3 === 0 ? [[seed], [1]] : [seed, 2, 5] }),
  mlp: (seed) => ({ instances: [pixels(seed)] }),
  mnist: (seed) => ({ inputs: seed % 2 === 0 ? [image(seed)] : [image(seed), image(seed + 1)] }),
  vocabulary: (seed) => ({ instances: ['red', `word ${seed}`, 'blue'] }),
  two_inputs: (seed) => ({ instances: [{ a: [seed, 2], b: [1, 2, seed] }] }),
}

const settings: [string, Partial<BatchingOptions>][] = [
  ['what is queued', {}],
  ['a timeout', { batchTimeoutMicros: 2000, maxBatchSize: 16, maxEnqueuedBatches: 100 }],
  ['allowed sizes', { maxBatchSize: 32, allowedBatchSizes: [4, 8, 32], maxEnqueuedBatches: 100 }],
  [
    'large requests split',
    {
      maxBatchSize: 32,
      maxExecutionBatchSize: 2,
      enableLargeBatchSplitting: true,
      maxEnqueuedBatches: 1000,
    },
  ],
]
test.each(
  Object.keys(bodies).flatMap((model) => settings.map(([name, given]) => [model, name, given] as const)),
)('%s answers the same when joined: %s', async (model, _name, given) => {
  await using plain = await load(model)
  const { servable, runs } = counted(plain)
  const together = batched(servable, batchingOptions(given, 2))
  const requests = Array.from({ length: 24 }, (_, index) => bodies[model]?.(index + 1))
  const answers = await Promise.all(requests.map((body) => ask(together, body)))
  // Split requests take more runs than there are requests.
  if (!given.enableLargeBatchSplitting) expect(runs()).toBeLessThan(requests.length)
  for (const [index, body] of requests.entries()) expectAlmostEqual(answers[index], await ask(plain, body))
})

test('long runs answer the same from another thread, many at once, and hold up nobody', async () => {
  await using plain = await load('mnist')
  const requests = Array.from({ length: 6 }, (_, index) => bodies.mnist?.(index + 1))
  const expected: unknown[] = []
  for (const body of requests) expected.push(await ask(plain, body))
  let isAnswered = false
  const run: Servable['run'] = (name, inputs, options) => {
    const answer = plain.run(name, inputs, { ...options, isLong: true })
    answer.finally(() => {
      isAnswered = true
    })
    return answer
  }
  const answers = Promise.all(requests.map((body) => ask({ ...plain, run }, body)))
  // An answer of this thread would be there; one of another comes with a later turn.
  for (let step = 0; step < 100; step++) await Promise.resolve()
  expect(isAnswered).toBe(false)
  for (const [index, answer] of (await answers).entries()) expectAlmostEqual(answer, expected[index])
  const wrong = plain.run('serving_default', new Map(), { isLong: true })
  await expect(wrong).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
})

test('requests that are wrong in each way spoil nobody else’s', async () => {
  await using plain = await load('mlp')
  const together = batched(plain, batchingOptions({ maxBatchSize: 4 }, 2))
  const good = { instances: [pixels(3)] }
  const wrong = [{ instances: [[1]] }, { instances: [] }, { inputs: Array(5).fill(pixels(1)) }, 'junk']
  const answers = await Promise.allSettled([good, ...wrong, good].map((body) => ask(together, body)))
  expect(answers.map(({ status }) => status)).toEqual([
    'fulfilled',
    ...wrong.map(() => 'rejected'),
    'fulfilled',
  ])
  expect(answers[3]).toMatchObject({
    reason: { message: 'Task size 5 is larger than maximum input batch size 4' },
  })
})

test('a run that TensorFlow refuses fails only for who made it fail', async () => {
  await using plain = await load('half_plus_two')
  const together = batched(plain, batchingOptions({}, 2))
  const examples = (...all: unknown[]) =>
    ask(together, { signature_name: 'regress_x_to_y', examples: all }, 'regress')
  const answers = await Promise.allSettled([
    examples({ x: 2.5 }),
    examples({ x: 'text' }),
    examples({ x: 4.5 }),
  ])
  expect(answers).toMatchObject([
    { value: { results: [3.25] } },
    { reason: { code: 'INVALID_ARGUMENT' } },
    { value: { results: [4.25] } },
  ])
})

test('a scalar input cannot be joined', async () => {
  await using plain = await load('counter')
  const together = batched(plain, batchingOptions({}, 2))
  await expect(ask(together, { inputs: 1 })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: 'Batching Run() input tensors must have at least one dimension',
  })
})
