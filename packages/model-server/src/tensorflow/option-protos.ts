import type { RunPlan } from '../servable.ts'

/**
 * Thread numbers of 0 leave the choice to TensorFlow. The first session of a process decides for all, unless
 * TF_OVERRIDE_GLOBAL_THREADPOOL is set before it.
 */
export interface SessionOptions {
  readonly intraOpThreads: number
  readonly interOpThreads: number
  /** tensorflow.ConfigProto that wins over what is set here. */
  readonly sessionConfig?: Uint8Array
  /** Of the meta graph to load. Default: `serve`. */
  readonly savedModelTags?: readonly string[]
  /** Hold calls to their signature's method. */
  readonly enforceMethods?: boolean
}

/**
 * tensorflow.ConfigProto { intra_op_parallelism_threads 2, inter_op_parallelism_threads 5,
 * gpu_options 6 { allow_growth 4 }, allow_soft_placement 7 }.
 */
export function sessionConfigBytes({
  intraOpThreads,
  interOpThreads,
  sessionConfig = new Uint8Array(0),
}: SessionOptions): Uint8Array {
  const allowGrowth = [0x20, 1]
  return Uint8Array.from([
    ...(intraOpThreads > 0 ? [0x10, ...varint(intraOpThreads)] : []),
    ...(interOpThreads > 0 ? [0x28, ...varint(interOpThreads)] : []),
    ...[0x32, allowGrowth.length, ...allowGrowth],
    ...[0x38, 1],
    // Messages joined end to end are merged.
    ...sessionConfig,
  ])
}

/** tensorflow.RunOptions { timeout_in_ms 2, inter_op_thread_pool 3 }; thread pool -1 is the caller's thread. */
export function runOptionsBytes({ thread, timeoutMillis }: RunPlan): Uint8Array {
  if (thread === 'caller') return Uint8Array.from([0x18, ...new Array<number>(9).fill(0xff), 1])
  return Uint8Array.from(timeoutMillis > 0 ? [0x10, ...varint(timeoutMillis)] : [])
}

function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
  return [...bytes, rest]
}
