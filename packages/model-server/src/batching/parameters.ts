import {
  isTrue,
  type Message,
  type MessageSchema,
  messageOf,
  numberOf,
  wrapped,
} from '../configuration/message-schema.ts'
import { parseTextProto } from '../configuration/text-proto.ts'
import { ConfigError } from '../flags/read-flags.ts'
import type { BatchingOptions } from './options.ts'

/** Source: TensorFlow Serving, session_bundle_config.proto. */
const batchingParameters: MessageSchema = {
  name: 'tensorflow.serving.BatchingParameters',
  fields: {
    max_batch_size: { number: 1, type: wrapped('int64') },
    batch_timeout_micros: { number: 2, type: wrapped('int64') },
    max_enqueued_batches: { number: 3, type: wrapped('int64') },
    num_batch_threads: { number: 4, type: wrapped('int64') },
    thread_pool_name: { number: 5, type: wrapped('string') },
    allowed_batch_sizes: { number: 6, type: 'int64', isRepeated: true },
    pad_variable_length_inputs: { number: 7, type: 'bool' },
    enable_large_batch_splitting: { number: 8, type: wrapped('bool') },
    max_execution_batch_size: { number: 9, type: wrapped('int64') },
  },
}

/**
 * What a batching parameters file says, each setting once:
 *
 *     max_batch_size { value: 128 }
 *     batch_timeout_micros { value: 0 }
 *     allowed_batch_sizes: [8, 128]
 *
 * Throws TextProtoError.
 */
export function parseBatchingParameters(text: string): Partial<BatchingOptions> {
  const message = parseTextProto(batchingParameters, text)
  const allowed = message.get('allowed_batch_sizes')
  return withoutUndefined({
    maxBatchSize: wrappedNumber(message, 'max_batch_size'),
    batchTimeoutMicros: wrappedNumber(message, 'batch_timeout_micros'),
    maxEnqueuedBatches: wrappedNumber(message, 'max_enqueued_batches'),
    batchThreads: wrappedNumber(message, 'num_batch_threads'),
    allowedBatchSizes: allowed?.map(Number),
    padVariableLengthInputs: isTrue(message, 'pad_variable_length_inputs'),
    enableLargeBatchSplitting: isTrue(messageOf(message, 'enable_large_batch_splitting'), 'value'),
    maxExecutionBatchSize: wrappedNumber(message, 'max_execution_batch_size'),
  })
}

/**
 * What the SageMaker container's variables say of batching: those that are set, and where one of them turned batching on,
 * also the container's own defaults for the others. Throws ConfigError with the variable's name.
 * Source: SageMaker TensorFlow Serving container, tfs_utils.py.
 */
export function containerBatching(
  environment: Readonly<Record<string, string | undefined>>,
  processors: number,
): Partial<BatchingOptions> {
  const isContainers = environment.SAGEMAKER_TFS_ENABLE_BATCHING !== undefined
  const count = (name: string, fallback: number): number | undefined => {
    const text = environment[name]
    if (text === undefined) return isContainers ? fallback : undefined
    if (/^\d+$/.test(text)) return Number(text)
    throw new ConfigError(`${name} must be a whole number, not "${text}"`)
  }
  const isTransform = environment.SAGEMAKER_BATCH !== undefined
  return withoutUndefined({
    maxBatchSize: count('SAGEMAKER_TFS_MAX_BATCH_SIZE', 8),
    batchTimeoutMicros: count('SAGEMAKER_TFS_BATCH_TIMEOUT_MICROS', 1000),
    batchThreads: count('SAGEMAKER_TFS_NUM_BATCH_THREADS', processors),
    maxEnqueuedBatches: count('SAGEMAKER_TFS_MAX_ENQUEUED_BATCHES', isTransform ? 100_000_000 : processors),
  })
}

/** A wrapper that is there and empty holds 0. */
function wrappedNumber(message: Message, field: string): number | undefined {
  const wrapper = messageOf(message, field)
  return wrapper && (numberOf(wrapper, 'value') ?? 0)
}

type Given = { readonly [Name in keyof BatchingOptions]?: BatchingOptions[Name] | undefined }
const withoutUndefined = (given: Given): Partial<BatchingOptions> =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
