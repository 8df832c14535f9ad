import { invalidArgument } from '../status.ts'

/** TensorFlow Serving's BatchingParameters, complete. Source: its batching guide and session_bundle_config.proto. */
export interface BatchingOptions {
  /** Rows of the largest request, and of the largest batch where requests are not split. */
  readonly maxBatchSize: number
  /** Longest wait for a batch to fill. 0: what the server has read in one turn is joined, and nothing is waited for. */
  readonly batchTimeoutMicros: number
  /** Of one signature; more are refused with UNAVAILABLE. */
  readonly maxEnqueuedBatches: number
  /** Batches that run at once. */
  readonly batchThreads: number
  /** Ascending. A batch is filled up to the next of them with rows that nobody gets to see. Empty: any size. */
  readonly allowedBatchSizes: readonly number[]
  /** Requests whose rows differ in size are joined too, filled up with their first element. */
  readonly padVariableLengthInputs: boolean
  /** A request may span batches. */
  readonly enableLargeBatchSplitting: boolean
  /** Rows of the largest batch. */
  readonly maxExecutionBatchSize: number
  /** Requests that wait longer fail with RESOURCE_EXHAUSTED. 0: they wait as long as it takes. */
  readonly queueTimeoutMillis: number
}

/** Fills in TensorFlow Serving's defaults. Throws StatusError INVALID_ARGUMENT with the name of a setting that cannot be. */
export function batchingOptions(given: Partial<BatchingOptions>, processors: number): BatchingOptions {
  const maxBatchSize = given.maxBatchSize ?? 1000
  const enableLargeBatchSplitting = given.enableLargeBatchSplitting ?? false
  const options: BatchingOptions = {
    maxBatchSize,
    batchTimeoutMicros: given.batchTimeoutMicros ?? 0,
    maxEnqueuedBatches: given.maxEnqueuedBatches ?? 10,
    batchThreads: given.batchThreads ?? processors,
    allowedBatchSizes: given.allowedBatchSizes ?? [],
    padVariableLengthInputs: given.padVariableLengthInputs ?? false,
    enableLargeBatchSplitting,
    maxExecutionBatchSize: (enableLargeBatchSplitting && given.maxExecutionBatchSize) || maxBatchSize,
    queueTimeoutMillis: given.queueTimeoutMillis ?? 0,
  }
  check(options)
  return options
}

function check(options: BatchingOptions): void {
  const { maxBatchSize, maxExecutionBatchSize, allowedBatchSizes } = options
  const refuse = (what: string): never => {
    throw invalidArgument(what)
  }
  if (maxBatchSize < 1) refuse(`max_batch_size must be positive; was ${maxBatchSize}`)
  if (options.batchThreads < 1) refuse(`num_batch_threads must be positive; was ${options.batchThreads}`)
  if (options.batchTimeoutMicros < 0)
    refuse(`batch_timeout_micros must be non-negative; was ${options.batchTimeoutMicros}`)
  if (options.maxEnqueuedBatches < 0)
    refuse(`max_enqueued_batches must be non-negative; was ${options.maxEnqueuedBatches}`)
  if (maxExecutionBatchSize > maxBatchSize)
    refuse('max_batch_size must be greater than or equal to max_execution_batch_size')
  if (allowedBatchSizes.some((size, index) => size <= (allowedBatchSizes[index - 1] ?? 0)))
    refuse('allowed_batch_sizes entries must be positive and monotonically increasing')
  const last = allowedBatchSizes.at(-1)
  if (last === undefined || last === maxExecutionBatchSize) return
  const name = options.enableLargeBatchSplitting ? 'max_execution_batch_size' : 'max_batch_size'
  refuse(`final entry in allowed_batch_sizes must equal ${name}`)
}
