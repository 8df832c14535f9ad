import { describe, expect, test } from 'vitest'
import { ConfigError } from '../flags/read-flags.ts'
import { containerBatching, parseBatchingParameters } from './parameters.ts'

describe('a batching parameters file', () => {
  const off = { padVariableLengthInputs: false, enableLargeBatchSplitting: false }
  test.each([
    ['', off],
    [
      'max_batch_size { value: 128 }\nbatch_timeout_micros { value: 500 }\nnum_batch_threads { value: 4 }\nmax_enqueued_batches { value: 100 }\nthread_pool_name { value: "pool" }',
      { ...off, maxBatchSize: 128, batchTimeoutMicros: 500, batchThreads: 4, maxEnqueuedBatches: 100 },
    ],
    ['batch_timeout_micros {}', { ...off, batchTimeoutMicros: 0 }],
    [
      'allowed_batch_sizes: 8 allowed_batch_sizes: 16 pad_variable_length_inputs: true',
      { ...off, allowedBatchSizes: [8, 16], padVariableLengthInputs: true },
    ],
    [
      'enable_large_batch_splitting { value: true } max_execution_batch_size { value: 4 }',
      { ...off, enableLargeBatchSplitting: true, maxExecutionBatchSize: 4 },
    ],
  ])('%j', (text, expected) => expect(parseBatchingParameters(text)).toEqual(expected))

  test('with a setting that there is not is refused', () => {
    expect(() => parseBatchingParameters('max_batch: 1')).toThrow(
      'Message type "tensorflow.serving.BatchingParameters" has no field named "max_batch".',
    )
  })
})

describe('the container’s variables', () => {
  const defaults = { maxBatchSize: 8, batchTimeoutMicros: 1000, batchThreads: 3, maxEnqueuedBatches: 3 }
  const on = { SAGEMAKER_TFS_ENABLE_BATCHING: 'true' }
  test.each([
    [on, defaults],
    [
      { ...on, SAGEMAKER_BATCH: '' },
      { ...defaults, maxEnqueuedBatches: 100_000_000 },
    ],
    [{}, {}],
    [{ SAGEMAKER_TFS_MAX_BATCH_SIZE: '16', SAGEMAKER_BATCH: '' }, { maxBatchSize: 16 }],
    [
      {
        ...on,
        SAGEMAKER_TFS_MAX_BATCH_SIZE: '16',
        SAGEMAKER_TFS_BATCH_TIMEOUT_MICROS: '500',
        SAGEMAKER_TFS_NUM_BATCH_THREADS: '100',
        SAGEMAKER_TFS_MAX_ENQUEUED_BATCHES: '1',
        SAGEMAKER_BATCH: '1',
      },
      { maxBatchSize: 16, batchTimeoutMicros: 500, batchThreads: 100, maxEnqueuedBatches: 1 },
    ],
  ])('%j', (environment, expected) => expect(containerBatching(environment, 3)).toEqual(expected))

  test('that is no number is refused by its name', () => {
    expect(() => containerBatching({ SAGEMAKER_TFS_MAX_BATCH_SIZE: 'x' }, 1)).toThrow(
      new ConfigError('SAGEMAKER_TFS_MAX_BATCH_SIZE must be a whole number, not "x"'),
    )
  })
})
