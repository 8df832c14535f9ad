import { setImmediate as turn } from 'node:timers/promises'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RunOptions, Servable } from '../servable.ts'
import { invalidArgument } from '../status.ts'
import type { Tensor, TensorMap } from '../tensor.ts'
import { createManualClock } from '../testing/manual-clock.ts'
import { plainLoader, signatureOf } from '../testing/plain-servable.ts'
import { BatchScheduler } from './batch-scheduler.ts'
import { batched } from './batched.ts'
import { type BatchingOptions, batchingOptions } from './options.ts'

const float = (shape: readonly number[], values: readonly number[]): Tensor => ({
  dtype: 'float32',
  shape,
  data: new Uint8Array(Float32Array.from(values).buffer),
})
const inputs = (...values: number[]): TensorMap => new Map([['x', float([values.length], values)]])
const values = (tensor: Tensor | undefined): number[] =>
  tensor && tensor.dtype !== 'string' ? [...new Float32Array(new Uint8Array(tensor.data).buffer)] : []
const answersOf = (outputs: TensorMap): number[] => values(outputs.get('y'))

interface Recorded {
  readonly servable: Servable
  /** What was run, in order: the input's values. */
  readonly runs: number[][]
  readonly names: string[]
}

/** half_plus_two that refuses thirteen, and writes down its runs. */
async function recorded(hold: Promise<void> = Promise.resolve()): Promise<Recorded> {
  const echo = signatureOf({ x: { dtype: 'float32' } }, { x: { dtype: 'float32' } })
  const plain = await plainLoader('m', 1, { echo }).load()
  const runs: number[][] = []
  const names: string[] = []
  const run: Servable['run'] = async (name, given, options) => {
    const got = values(given.get('x'))
    runs.push(got)
    names.push(name)
    await hold
    if (got.includes(13)) throw invalidArgument('thirteen')
    return plain.run(name, given, options)
  }
  return { servable: { ...plain, run }, runs, names }
}

async function setUp(given: Partial<BatchingOptions> = {}, hold?: Promise<void>) {
  const clock = createManualClock()
  const options = batchingOptions(given, 1)
  const scheduler = new BatchScheduler({ threads: options.batchThreads, clock })
  const record = await recorded(hold)
  const servable = batched(record.servable, options, scheduler)
  const ask = (x: TensorMap, options?: RunOptions, signature = 'serving_default') => {
    const answer = servable.run(signature, x, options).then(answersOf)
    // Looked at later.
    answer.catch(() => undefined)
    return answer
  }
  return { ...record, clock, ask, scheduler, options, servable }
}

describe('with no timeout', () => {
  test('what came in one turn runs together, and everybody gets their own rows', async () => {
    const { ask, clock, runs } = await setUp()
    const answers = [ask(inputs(0, 2)), ask(inputs(4)), ask(inputs(6, 8, 10))]
    expect(runs).toEqual([])
    await clock.endTurn()
    expect(await Promise.all(answers)).toEqual([[2, 3], [4], [5, 6, 7]])
    expect(runs).toEqual([[0, 2, 4, 6, 8, 10]])
  })

  test('a request by itself runs as it is', async () => {
    const { servable: plain } = await recorded()
    const seen: TensorMap[] = []
    const run: Servable['run'] = (name, x) => {
      seen.push(x)
      return plain.run(name, x)
    }
    const x = inputs(1)
    await batched({ ...plain, run }, batchingOptions({}, 1)).run('serving_default', x)
    expect(seen[0]).toBe(x)
  })

  test('a full batch does not wait for the end of the turn', async () => {
    const { ask, runs, clock } = await setUp({ maxBatchSize: 2 })
    const answers = [ask(inputs(0)), ask(inputs(2)), ask(inputs(4))]
    expect(runs).toEqual([[0, 2]])
    await turn()
    await clock.endTurn()
    expect(await Promise.all(answers)).toEqual([[2], [3], [4]])
    expect(runs).toEqual([[0, 2], [4]])
  })
})

describe('with a timeout', () => {
  test('a batch waits for it, and no longer', async () => {
    const { ask, clock, runs } = await setUp({ batchTimeoutMicros: 1000 })
    const first = ask(inputs(0))
    await clock.endTurn()
    await clock.pass(999)
    const second = ask(inputs(2))
    await clock.endTurn()
    expect(runs).toEqual([])
    await clock.pass(1)
    expect(await Promise.all([first, second])).toEqual([[2], [3]])
    expect(runs).toEqual([[0, 2]])
  })
})

describe('a bad request', () => {
  test('spoils nobody else’s', async () => {
    const { ask, clock } = await setUp()
    const answers = [ask(inputs(0)), ask(inputs(13)), ask(inputs(2))]
    await clock.endTurn()
    expect(await Promise.allSettled(answers)).toMatchObject([
      { value: [2] },
      { reason: { code: 'INVALID_ARGUMENT', message: 'thirteen' } },
      { value: [3] },
    ])
  })

  test.each([
    [[float([], [1])], 'INVALID_ARGUMENT', 'Batching Run() input tensors must have at least one dimension'],
    [[float([3], [1, 2, 3])], 'INVALID_ARGUMENT', 'Task size 3 is larger than maximum input batch size 2'],
    [
      [float([2], [1, 2]), float([1], [1])],
      'INVALID_ARGUMENT',
      'Batching Run() input tensors must have equal 0th-dimension size',
    ],
  ])('%# is refused before it joins', async (tensors, code, message) => {
    const { ask, clock } = await setUp({ maxBatchSize: 2 })
    const good = ask(inputs(0))
    const bad = ask(new Map(tensors.map((tensor, index) => [index === 0 ? 'x' : 'z', tensor])))
    await expect(bad).rejects.toMatchObject({ code, message })
    await clock.endTurn()
    expect(await good).toEqual([2])
  })
})

test('a model whose outputs are not rows is told so, to everybody', async () => {
  const { servable } = await recorded()
  const run = async () => new Map([['y', float([], [1])]])
  const wrapped = batched({ ...servable, run }, batchingOptions({}, 1))
  const answers = await Promise.allSettled([1, 2].map((x) => wrapped.run('serving_default', inputs(x))))
  const reason = { code: 'FAILED_PRECONDITION', message: 'Batched output tensor has 0 dimensions' }
  expect(answers).toMatchObject([{ reason }, { reason }])
})

describe('a queue', () => {
  const held = async (given: Partial<BatchingOptions>) => {
    const { promise, resolve } = withResolvers()
    return { ...(await setUp(given, promise)), release: resolve }
  }

  test('that is full refuses more, and takes more later', async () => {
    const { ask, clock, release } = await held({ maxBatchSize: 1, maxEnqueuedBatches: 2 })
    const answers = [ask(inputs(0)), ask(inputs(2)), ask(inputs(4))]
    await expect(ask(inputs(6))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message:
        'The batch scheduling queue to which this task was submitted is full; currently 2 batches enqueued and max_enqueued_batches is 2',
    })
    release()
    for (let round = 0; round < 3; round++) await clock.endTurn()
    expect(await Promise.all(answers)).toEqual([[2], [3], [4]])
    expect(await ask(inputs(6))).toEqual([5])
  })

  test('shares the threads with others in turn', async () => {
    const { ask, clock, release, names } = await held({ maxBatchSize: 1 })
    const answers = [0, 1, 2].map(() => ask(inputs(0)))
    answers.push(ask(inputs(0), undefined, 'echo'))
    release()
    for (let round = 0; round < 4; round++) await clock.endTurn()
    await Promise.all(answers)
    expect(names.indexOf('echo')).toBeLessThan(3)
  })

  test('drops who has gone and who has waited too long', async () => {
    const { ask, clock, release, runs } = await held({ queueTimeoutMillis: 5, maxBatchSize: 2 })
    const first = ask(inputs(0, 0))
    const late = ask(inputs(2))
    const gone = ask(inputs(4), { isAbandoned: () => true })
    await clock.pass(5000)
    const fresh = ask(inputs(6))
    release()
    for (let round = 0; round < 3; round++) await clock.endTurn()
    await expect(late).rejects.toMatchObject({
      code: 'RESOURCE_EXHAUSTED',
      message: 'Run() timeout exceeded while waiting in batching queue',
    })
    await expect(gone).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(await Promise.all([first, fresh])).toEqual([[2, 2], [5]])
    expect(runs).toEqual([[0, 0], [6]])
  })
})

test('batches are filled up to an allowed size with rows that nobody sees', async () => {
  const { ask, clock, runs } = await setUp({ maxBatchSize: 4, allowedBatchSizes: [2, 4] })
  const answers = [ask(inputs(0)), ask(inputs(2, 4))]
  await clock.endTurn()
  expect(await Promise.all(answers)).toEqual([[2], [3, 4]])
  expect(runs).toEqual([[0, 2, 4, 2]])
})

test('rows of different size are joined where padding is on', async () => {
  const { ask, clock, runs } = await setUp({ padVariableLengthInputs: true })
  const answers = [ask(new Map([['x', float([1, 1], [0])]])), ask(new Map([['x', float([1, 3], [2, 4, 6])]]))]
  await clock.endTurn()
  await Promise.all(answers)
  expect(runs).toEqual([[0, 0, 0, 2, 4, 6]])
})

test('a request that is split over batches is one answer', async () => {
  const given = { maxBatchSize: 10, maxExecutionBatchSize: 2, enableLargeBatchSplitting: true }
  const { ask, clock, runs } = await setUp(given)
  const answers = [ask(inputs(0)), ask(inputs(2, 4, 6, 8))]
  for (let round = 0; round < 4; round++) await clock.endTurn()
  expect(await Promise.all(answers)).toEqual([[2], [3, 4, 5, 6]])
  expect(runs).toEqual([[0, 2], [4, 6], [8]])
})

test('batched and unbatched answers are equal, whatever is asked at once', async () => {
  const { servable } = await recorded()
  const rows = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 0, maxLength: 9 })
  const request = fc.record({
    rows,
    isMatrix: fc.boolean(),
    signature: fc.constantFrom('serving_default', 'echo'),
    waits: fc.nat(2),
  })
  const given = fc.record({
    maxBatchSize: fc.integer({ min: 9, max: 20 }),
    batchTimeoutMicros: fc.constantFrom(0, 500),
    batchThreads: fc.integer({ min: 1, max: 3 }),
    maxEnqueuedBatches: fc.constant(1000),
    padVariableLengthInputs: fc.boolean(),
    enableLargeBatchSplitting: fc.boolean(),
    maxExecutionBatchSize: fc.integer({ min: 1, max: 9 }),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(request, { maxLength: 20 }), given, async (requests, partial) => {
      const wrapped = batched(servable, batchingOptions(partial, 1))
      const outcome = async (
        to: Servable,
        { rows, isMatrix, signature, waits }: (typeof requests)[number],
      ) => {
        for (let turns = 0; turns < waits; turns++) await turn()
        const shape = isMatrix ? [rows.length, 1] : [rows.length]
        return to
          .run(signature, new Map([['x', float(shape, rows)]]))
          .then((outputs) => [...outputs].map(([alias, tensor]) => [alias, tensor.shape, values(tensor)]))
          .catch((error: Error) => error.message)
      }
      const together = await Promise.all(requests.map((one) => outcome(wrapped, one)))
      const alone: unknown[] = []
      for (const one of requests) alone.push(await outcome(servable, { ...one, waits: 0 }))
      expect(together).toEqual(alone)
    }),
    { numRuns: 100 },
  )
})

function withResolvers() {
  let resolve: () => void = () => undefined
  const promise = new Promise<void>((yes) => {
    resolve = yes
  })
  return { promise, resolve }
}

test.each([
  ['of a model that is slow by itself', 5000, true],
  ['of a model that was never measured', undefined, true],
  ['of a fast model', 50, false],
])('joined runs %s: whether they go to another thread', async (_model, micros, isLong) => {
  const { servable, clock } = await setUp()
  const seen: unknown[] = []
  const plain = await plainLoader('m', 1).load()
  if (micros !== undefined) plain.cost.observe(micros)
  const run: Servable['run'] = (name, given, options) => {
    seen.push(options?.isLong)
    return plain.run(name, given, options)
  }
  const scheduler = new BatchScheduler({ threads: 1, clock })
  const joining = batched({ ...plain, run }, batchingOptions({}, 1), scheduler)
  const answers = [inputs(1), inputs(2)].map((x) => joining.run('serving_default', x))
  await clock.endTurn()
  expect((await Promise.all(answers)).map(answersOf)).toEqual([[2.5], [3]])
  expect(seen).toEqual([isLong])
  await servable[Symbol.asyncDispose]()
})
