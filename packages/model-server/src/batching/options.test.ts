import { expect, test } from 'vitest'
import { batchingOptions } from './options.ts'

test('what is not given is TensorFlow Serving’s default', () => {
  expect(batchingOptions({}, 4)).toEqual({
    maxBatchSize: 1000,
    batchTimeoutMicros: 0,
    maxEnqueuedBatches: 10,
    batchThreads: 4,
    allowedBatchSizes: [],
    padVariableLengthInputs: false,
    enableLargeBatchSplitting: false,
    maxExecutionBatchSize: 1000,
    queueTimeoutMillis: 0,
  })
})

test.each([
  ['without splitting', { maxBatchSize: 8, maxExecutionBatchSize: 4 }, 8],
  ['with splitting', { maxBatchSize: 8, maxExecutionBatchSize: 4, enableLargeBatchSplitting: true }, 4],
  ['with splitting and no size of its own', { maxBatchSize: 8, enableLargeBatchSplitting: true }, 8],
])('the largest batch %s', (_situation, given, expected) => {
  expect(batchingOptions(given, 1).maxExecutionBatchSize).toBe(expected)
})

const splitting = { enableLargeBatchSplitting: true, maxBatchSize: 8, maxExecutionBatchSize: 4 }
test.each([
  [{ maxBatchSize: 0 }, 'max_batch_size must be positive; was 0'],
  [{ batchThreads: 0 }, 'num_batch_threads must be positive; was 0'],
  [{ batchTimeoutMicros: -1 }, 'batch_timeout_micros must be non-negative; was -1'],
  [{ maxEnqueuedBatches: -2 }, 'max_enqueued_batches must be non-negative; was -2'],
  [
    { ...splitting, maxExecutionBatchSize: 9 },
    'max_batch_size must be greater than or equal to max_execution_batch_size',
  ],
  [
    { allowedBatchSizes: [2, 2], maxBatchSize: 2 },
    'allowed_batch_sizes entries must be positive and monotonically increasing',
  ],
  [{ allowedBatchSizes: [1, 2] }, 'final entry in allowed_batch_sizes must equal max_batch_size'],
  [
    { ...splitting, allowedBatchSizes: [8] },
    'final entry in allowed_batch_sizes must equal max_execution_batch_size',
  ],
])('refuses %j', (given, message) => {
  expect(() => batchingOptions(given, 1)).toThrow(message)
})
