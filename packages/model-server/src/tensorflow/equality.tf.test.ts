import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { answerDocument, type Method } from '../prediction/documents.ts'
import { buildModels, type TestModels } from '../testing/tensorflow.ts'
import { savedModelLoader } from './saved-model-loader.ts'

// Models of the kinds that people serve answer what TensorFlow answers in Python: text exactly, floats within 1 ulp.

const names = [
  'dense',
  'convolutional',
  'lstm',
  'attention',
  'string_lookup',
  'ragged',
  'image_decode',
  'loop',
  'any_rank',
  'large',
  'signatures',
  'parse_example',
  'estimator_classifier',
  'estimator_regressor',
]
let models: TestModels
beforeAll(async () => {
  models = await buildModels(...names)
})
afterAll(() => models[Symbol.asyncDispose]())

const load = (name: string) =>
  savedModelLoader({ model: name, version: 1 }, join(models.directory, name, '1'), {
    libraryPath: models.libraryPath,
    intraOpThreads: 0,
    interOpThreads: 0,
    runTimeoutMillis: 30_000,
  }).load()

test.each(names)('%s', async (name) => {
  await using servable = await load(name)
  const answers = models.expected[name] ?? []
  expect(answers.length).toBeGreaterThan(0)
  for (const { method, request, outputs } of answers) {
    const call = { method, format: 'json', body: Buffer.from(JSON.stringify(request)) } as const
    const answer = JSON.parse(Buffer.from(await answerDocument(servable, call)).toString())
    const got = columnsOf(method, answer, Object.keys(outputs))
    for (const [alias, { dtype, shape, values }] of Object.entries(outputs)) {
      const column = got[alias] ?? []
      expect([alias, column.length]).toEqual([alias, shape.reduce((product, size) => product * size, 1)])
      if (dtype === 'float32') expect(furthestUlps(column, values)).toBeLessThanOrEqual(1)
      else expect(column).toEqual(values)
    }
  }
})

interface Answer {
  readonly predictions?: readonly unknown[]
  readonly results?: readonly unknown[]
  readonly outputs?: unknown
}

/** The values of each output as one flat list. */
function columnsOf(
  method: Method,
  { predictions = [], results = [], outputs }: Answer,
  aliases: readonly string[],
): Record<string, unknown[]> {
  if (method === 'regress') return { outputs: [...results] }
  if (method === 'classify') {
    const pairs = results.flat() as [string, number][]
    return { classes: pairs.map(([label]) => label), scores: pairs.map(([, score]) => score) }
  }
  if (outputs !== undefined) {
    const named = aliases.length > 1 ? (outputs as Record<string, unknown>) : { [aliases[0] ?? '']: outputs }
    return Object.fromEntries(aliases.map((alias) => [alias, [named[alias]].flat(Number.POSITIVE_INFINITY)]))
  }
  const rows = predictions as Record<string, unknown>[]
  const column = (alias: string) => rows.map((row) => (aliases.length > 1 ? row[alias] : row))
  return Object.fromEntries(aliases.map((alias) => [alias, column(alias).flat(Number.POSITIVE_INFINITY)]))
}

/** How many representable float32 lie between two, at most over the list. */
function furthestUlps(got: readonly unknown[], expected: readonly unknown[]): number {
  const a = ordered(got)
  const b = ordered(expected)
  return Math.max(...a.map((value, index) => Math.abs(value - (b[index] ?? Number.NaN))))
}

/** Bits of float32 as numbers that lie as the floats do. */
function ordered(values: readonly unknown[]): number[] {
  const bits = new Int32Array(Float32Array.from(values, Number).buffer)
  return Array.from(bits, (value) => (value < 0 ? -(value & 0x7fffffff) : value))
}
