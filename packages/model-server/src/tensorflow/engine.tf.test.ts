import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answerDocument, type Method } from '../prediction/documents.ts'
import type { Servable } from '../servable.ts'
import { buildModels, type TestModels } from '../testing/tensorflow.ts'
import { type EngineOptions, savedModelLoader } from './saved-model-loader.ts'

let models: TestModels
beforeAll(async () => {
  models = await buildModels(
    'half_plus_two',
    'half_plus_three',
    'mnist',
    'dtypes',
    'vocabulary',
    'counter',
    'two_inputs',
    'inverse',
  )
})
afterAll(() => models[Symbol.asyncDispose]())

const engine = (): EngineOptions => ({
  libraryPath: models.libraryPath,
  intraOpThreads: 0,
  interOpThreads: 0,
  runTimeoutMillis: 30_000,
})
const load = (name: string, more: Partial<EngineOptions> = {}): Promise<Servable> =>
  savedModelLoader({ model: name, version: 1 }, join(models.directory, name, '1'), {
    ...engine(),
    ...more,
  }).load()

async function ask(servable: Servable, body: unknown, method: Method = 'predict'): Promise<string> {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  return Buffer.from(await answerDocument(servable, { method, format: 'json', body: bytes })).toString()
}
const answer = async (...call: Parameters<typeof ask>) => JSON.parse(await ask(...call))

/** Outputs of a row answer as one flat list per alias. */
function columns(predictions: unknown[], aliases: readonly string[]): Record<string, unknown[]> {
  const flat = (value: unknown): unknown[] => (Array.isArray(value) ? value.flatMap(flat) : [value])
  return Object.fromEntries(
    aliases.map((alias) => [
      alias,
      predictions.flatMap((row) => flat(aliases.length > 1 ? (row as Record<string, unknown>)[alias] : row)),
    ]),
  )
}

const decoded = (value: unknown): unknown =>
  value && typeof value === 'object' && 'b64' in value
    ? Buffer.from(String(value.b64), 'base64').toString()
    : value

test.each(['caller', 'pool'] as const)('runs are on the %s where that is wanted', async (runThread) => {
  await using servable = await load('half_plus_two', { runThread })
  expect(servable.shared?.runPlan.thread).toBe(runThread)
  expect(await answer(servable, { instances: [1, 2, 5] })).toEqual({ predictions: [2.5, 3, 4.5] })
})

test('a run off the thread has as much stack as TensorFlow takes', async () => {
  await using servable = await load('inverse', { runThread: 'caller' })
  const scale = new Uint8Array(Float32Array.of(4).buffer)
  const inputs = new Map([['scale', { dtype: 'float32', shape: [], data: scale } as const]])
  const outputs = await servable.run('serving_default', inputs, { isLong: true })
  const corner = outputs.get('corner')?.data as Uint8Array
  expect(new Float32Array(Uint8Array.from(corner).buffer)[0]).toBe(0.25)
})

describe('answers', () => {
  test.each(['mnist', 'vocabulary', 'two_inputs'])(
    'of %s are those of TensorFlow in Python',
    async (name) => {
      await using servable = await load(name)
      for (const { request, outputs } of models.expected[name] ?? []) {
        const { predictions } = await answer(servable, request)
        const got = columns(predictions, Object.keys(outputs))
        for (const [alias, { dtype, values }] of Object.entries(outputs)) {
          const column = (got[alias] ?? []).map(decoded)
          if (dtype !== 'float32') expect(column).toEqual(values)
          else {
            const unit = values.map((value) => Math.max(Math.abs(Number(value)) * 2 ** -22, 2 ** -40))
            const distance = values.map((value, index) => Math.abs(Number(value) - Number(column[index])))
            expect(distance.filter((one, index) => !(one <= (unit[index] ?? 0)))).toEqual([])
          }
        }
      }
    },
  )

  test.each([
    ['float32', '[0.1, NaN, -Infinity, 3.0]'],
    ['float64', '[0.1, 0.33333333333333331, 1e+300]'],
    ['float16', '[0.0999756, 65504.0]'],
    ['bfloat16', '[0.100098, 3.0]'],
    ['bool', '[true, false]'],
    ['string', '["é", "", "longer than twenty-two bytes"]'],
    ['int8', '[-128, 127]'],
    ['uint8', '[0, 255]'],
    ['int16', '[-32768, 32767]'],
    ['uint16', '[0, 65535]'],
    ['int32', '[-2147483648, 2147483647]'],
    ['uint32', '[0, 4294967295]'],
    ['int64', '[-9223372036854775808, 9223372036854775807]'],
    ['uint64', '[0, 18446744073709551615]'],
  ])('of an identity on %s are what was sent', async (signature, values) => {
    await using servable = await load('dtypes')
    const text = await ask(servable, `{"signature_name":"${signature}","instances":[${values}]}`)
    expect(text.replaceAll(/\s+/g, '')).toBe(`{"predictions":[${values}]}`.replaceAll(/\s+/g, ''))
  })

  test.each([
    ['[1.0, 2.0, 5.0]', '{"predictions":[2.5,3,4.5]}'],
    ['[[1.0], [2.0]]', '{"predictions":[[2.5],[3]]}'],
    ['[[1.0, 2.0], [3.0, 4.0]]', '{"predictions":[[2.5,3],[3.5,4]]}'],
  ])('of half_plus_two for %s, whatever shape is declared', async (instances, expected) => {
    await using servable = await load('half_plus_two')
    const text = await ask(servable, `{"instances":${instances}}`)
    expect(JSON.stringify(JSON.parse(text))).toBe(expected)
    expect(await answer(servable, '{"inputs":2.0}')).toEqual({ outputs: 3 })
  })

  test('of half_plus_three as TensorFlow 2 writes it', async () => {
    await using servable = await load('half_plus_three')
    expect(await answer(servable, { instances: [1, 2, 5] })).toEqual({ predictions: [3.5, 4, 5.5] })
  })

  test('of regress and classify', async () => {
    await using servable = await load('half_plus_two')
    const examples = [{ x: 1.5 }, { x: [2.5] }]
    const regression = await answer(servable, { signature_name: 'regress_x_to_y', examples }, 'regress')
    expect(regression).toEqual({ results: [2.75, 3.25] })
    const classes = await answer(
      servable,
      { signature_name: 'classify_x_to_y', context: { x: 1.5 }, examples: [{}] },
      'classify',
    )
    expect(classes).toEqual({ results: [[['', 2.75]]] })
  })
})

describe('refusals', () => {
  test.each([
    [
      'mnist',
      'predict',
      '{"instances": [[1.0]]}',
      'INVALID_ARGUMENT',
      'has shape [1,1], but the signature expects [-1,28,28,1]',
    ],
    [
      'dtypes',
      'predict',
      '{"signature_name":"complex64","inputs":1}',
      'UNIMPLEMENTED',
      'Conversion of JSON Value: 1 to type: complex64',
    ],
    [
      'half_plus_two',
      'regress',
      '{"signature_name":"regress_x_to_y","examples":[{}]}',
      'INVALID_ARGUMENT',
      'Feature: x (data type: float) is required but could not be found.',
    ],
    [
      'half_plus_two',
      'regress',
      '{"signature_name":"regress_x_to_y","examples":[{"x":1}]}',
      'INVALID_ARGUMENT',
      "Data types don't match",
    ],
    [
      'half_plus_two',
      'regress',
      '{"examples":[{}]}',
      'INVALID_ARGUMENT',
      'No regression inputs found in SignatureDef: serving_default',
    ],
    [
      'half_plus_two',
      'classify',
      '{"signature_name":"no","examples":[{}]}',
      'INVALID_ARGUMENT',
      'No signature was found with the name: no',
    ],
    [
      'two_inputs',
      'predict',
      '{"inputs":{"a":[[1,2],[3,4]],"b":[[1,2,3],[4,5,6],[7,8,9]]}}',
      'INVALID_ARGUMENT',
      'must have compatible batch dimensions',
    ],
    [
      'mnist',
      'predict',
      '{"signature_name":"__saved_model_init_op","inputs":1}',
      'INVALID_ARGUMENT',
      'not found in signature def',
    ],
  ] as const)('%s %s %s', async (name, method, body, code, message) => {
    await using servable = await load(name)
    await expect(ask(servable, body, method)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    })
    // The model goes on after a failed run.
    if (name === 'half_plus_two') expect(await answer(servable, { inputs: 2 })).toEqual({ outputs: 3 })
  })
})

describe('loading', () => {
  test('finds out which thread is faster, but never by changing what the model keeps', async () => {
    await using counter = await load('counter')
    await using classifier = await load('mnist')
    expect(counter.shared?.runPlan.thread).toBe('pool')
    expect(await answer(counter, { inputs: 0 })).toEqual({ outputs: 1 })
    expect(classifier.cost.expectedMicros).toBeGreaterThan(0)
  })

  test('says which model cannot be loaded and why', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'broken-'))
    await mkdir(join(directory, 'variables'))
    await writeFile(join(directory, 'saved_model.pb'), 'not a model')
    const broken = savedModelLoader({ model: 'm', version: 3 }, directory, engine()).load()
    await expect(broken).rejects.toThrow('version 3 of model m cannot be loaded: ')
    await rm(directory, { recursive: true })
    const absent = savedModelLoader({ model: 'm', version: 3 }, directory, engine()).load()
    await expect(absent).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('Could not find SavedModel'),
    })
  })

  test('says where the library is missing', async () => {
    const options = { ...engine(), libraryPath: '/nowhere/libtensorflow_cc.so.2' }
    const loading = savedModelLoader({ model: 'm', version: 1 }, '/nowhere', options).load()
    await expect(loading).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('libtensorflow cannot be loaded from /nowhere'),
    })
  })

  test('gives memory back when it is unloaded', async () => {
    const round = async (): Promise<void> => {
      await using servable = await load('mnist')
      await ask(servable, models.expected.mnist?.[0]?.request)
    }
    for (let warm = 0; warm < 5; warm++) await round()
    const before = process.memoryUsage().rss
    for (let count = 0; count < 30; count++) await round()
    expect(process.memoryUsage().rss - before).toBeLessThan(60 * 1024 * 1024)
  })
})
