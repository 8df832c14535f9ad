import { expect, test } from 'vitest'
import type { Tensor, TensorMap } from '../../tensor.ts'
import type { Task } from '../batch-queue.ts'
import { batchingOptions } from '../options.ts'
import { runBatch } from './run-batch.ts'

const row = (): TensorMap => {
  const tensor: Tensor = { dtype: 'float32', shape: [1], data: new Uint8Array(4) }
  return new Map([['x', tensor]])
}

/** Runs tasks with these limits as one batch, 50 ms after they were put into the queue; says how each ended. */
async function ran(limits: readonly (number | undefined)[], queueTimeoutMillis = 0) {
  const given: (number | undefined)[] = []
  const ends: string[] = limits.map(() => 'waits')
  const tasks = limits.map((timeoutMillis, index): Task => {
    const end = (how: string) => (): void => {
      ends[index] = how
    }
    const common = { inputs: row(), rows: 1, enqueuedMicros: 0, isAbandoned: () => false }
    return { ...common, timeoutMillis, resolve: end('answered'), reject: end('refused') }
  })
  const batch = { kind: '', tasks, rows: tasks.length, openedMicros: 0, isClosed: true }
  await runBatch(batch, {
    options: batchingOptions({ queueTimeoutMillis }, 1),
    nowMicros: 50_000,
    run: async (inputs, timeoutMillis) => {
      given.push(timeoutMillis)
      return inputs
    },
  })
  return { given, ends }
}

test.each([
  ['the longest of its limits', [100, 300, 200], 300],
  ['no limit where one has none', [100, 0, undefined], 0],
  ["the model's own where one says nothing", [100, undefined], undefined],
])('a batch runs with %s', async (_situation, limits, expected) => {
  expect((await ran(limits)).given).toEqual([expected])
})

test('a request that has waited for longer than its own limit is refused, whatever the usual one is', async () => {
  expect((await ran([10, 100, 0, undefined], 20)).ends).toEqual([
    'refused',
    'answered',
    'answered',
    'refused',
  ])
})
