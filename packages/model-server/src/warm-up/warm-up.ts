import { join } from 'node:path'
import { ProtobufError, ProtobufReader } from '../formats/protobuf.ts'
import type { Loader, Servable } from '../servable.ts'
import { asStatusError, invalidArgument, StatusError } from '../status.ts'
import { readRecords } from './records.ts'

export type WarmUpMethod = 'Predict' | 'Classify' | 'Regress' | 'MultiInference'

export interface WarmUpOptions {
  /** 0: none. */
  readonly rounds: number
  /** Answers a gRPC request's message, whichever model it names. */
  readonly play: (servable: Servable, method: WarmUpMethod, message: Uint8Array) => Promise<unknown>
  /** Is told of the end of a version's warm-up: its directory, the time and `OK` or the error's code. */
  readonly onPlayed?: (directory: string, micros: number, status: string) => void
}

const recordLimit = 1000

/**
 * Plays a version's `assets.extra/tf_serving_warmup_requests` before the version counts as loaded; a request that
 * fails fails the load. Source: TensorFlow Serving, servables/tensorflow/saved_model_warmup.cc.
 */
export function warmedUp({ id, load }: Loader, directory: string, options: WarmUpOptions): Loader {
  const { rounds, play, onPlayed } = options
  if (rounds === 0) return { id, load }
  return { id, load: loadWarm }

  async function loadWarm(): Promise<Servable> {
    const servable = await load()
    const started = performance.now()
    const over = (status: string): void => onPlayed?.(directory, (performance.now() - started) * 1000, status)
    try {
      if (await warmUp(servable)) over('OK')
    } catch (error) {
      over(asStatusError(error).code)
      await servable[Symbol.asyncDispose]()
      throw error
    }
    return servable
  }

  /** False where the version brings no requests. */
  async function warmUp(servable: Servable): Promise<boolean> {
    const path = join(directory, 'assets.extra', 'tf_serving_warmup_requests')
    let count = 0
    try {
      for await (const record of readRecords(path)) {
        if (++count > recordLimit)
          throw invalidArgument(`Number of warmup records exceeds the maximum (${recordLimit}) at ${path}`)
        const log = readLog(record)
        for (let round = 0; log && round < rounds; round++) await play(servable, log.method, log.message)
      }
      return true
    } catch (error) {
      if (isMissing(error)) return false
      throw told(error, `record ${count} of ${path}`)
    }
  }
}

function told(error: unknown, record: string): unknown {
  if (error instanceof ProtobufError) {
    return new StatusError('INVALID_ARGUMENT', `Failed to parse warmup ${record}`, { cause: error })
  }
  if (!(error instanceof StatusError) || error.code !== 'DATA_LOSS') return error
  const advice = 'Please verify your warmup data is in TFRecord format.'
  return new StatusError('DATA_LOSS', `${error.message}. ${advice}`, { cause: error })
}

/** Field numbers of PredictionLog's kinds. */
const methods: ReadonlyMap<number, WarmUpMethod> = new Map([
  [2, 'Classify'],
  [3, 'Regress'],
  [4, 'MultiInference'],
  [6, 'Predict'],
])

/** Those that no server plays: session_run_log, predict_streamed_log. */
const unplayable = [5, 7]

/** PredictionLog { log_metadata 1, one log { request 1, response 2 } }; undefined where it has none, which plays nothing. */
function readLog(record: Uint8Array): { method: WarmUpMethod; message: Uint8Array } | undefined {
  const reader = new ProtobufReader(record)
  while (reader.next()) {
    const method = methods.get(reader.field)
    if (method) return { method, message: requestIn(reader.message()) }
    if (unplayable.includes(reader.field))
      throw new StatusError('UNIMPLEMENTED', `Unsupported log_type for warmup: ${reader.field}`)
    reader.skip()
  }
  return undefined
}

function requestIn(log: ProtobufReader): Uint8Array {
  while (log.next()) {
    if (log.field === 1) return log.bytes()
    log.skip()
  }
  return new Uint8Array(0)
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')
