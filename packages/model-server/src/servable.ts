import type { BatchingOptions } from './batching/options.ts'
import type { RequestClock, VersionMeter } from './metrics/request-clock.ts'
import type { WorkCost } from './prediction/work-cost.ts'
import type { DType, Tensor, TensorMap } from './tensor.ts'

export interface ServableId {
  readonly model: string
  readonly version: number
}

/** One input or output of a signature. -1 stands for an unknown dimension. */
export interface TensorInfo {
  /** `operation:index` in the graph. */
  readonly node: string
  /** TensorFlow's number of the type; `dtype` is absent where no request can carry it. */
  readonly typeCode: number
  readonly dtype: DType | undefined
  readonly shape: readonly number[] | 'unknown-rank'
}

export interface Signature {
  readonly method: string
  readonly inputs: ReadonlyMap<string, TensorInfo>
  readonly outputs: ReadonlyMap<string, TensorInfo>
  /** False where every operation behind the signature takes any shape, so that the declared one is only a hint. */
  readonly enforceShapes: boolean
  /** What a gRPC request may leave out, with the value that it then has; absent: nothing. */
  readonly defaults?: ReadonlyMap<string, Tensor>
  /** Calls of another method than the signature's own are refused. */
  readonly enforceMethod?: true
}

export interface RunOptions {
  /** Aliases wanted; absent: all. */
  readonly outputs?: readonly string[]
  /** True once nobody waits for the answer: a run that has not begun by then may be left out, as CANCELLED. */
  readonly isAbandoned?: (() => boolean) | undefined
  /** Of a run on TensorFlow's pool, which then ends with DEADLINE_EXCEEDED. 0: none. Absent: the run plan's. */
  readonly timeoutMillis?: number
  /** Would hold up everybody else on the calling thread: goes to another one where it can. */
  readonly isLong?: boolean
  /** To be told how much of the run was waiting. */
  readonly clock?: RequestClock | undefined
}

/** A loaded model version. `run` may be called concurrently. */
export interface Servable extends AsyncDisposable {
  readonly id: ServableId
  readonly signatures: ReadonlyMap<string, Signature>
  /** Runs as it is told: names, dtypes and shapes have been checked. Throws StatusError with TensorFlow's own text. */
  run(signature: string, inputs: TensorMap, options?: RunOptions): Promise<TensorMap>
  /**
   * One run for the outputs of several signatures whose inputs are the same nodes under the same names; by signature.
   * Never joined with others. Absent: run each.
   */
  runTogether?(
    signatures: readonly string[],
    inputs: TensorMap,
    options?: RunOptions,
  ): Promise<ReadonlyMap<string, TensorMap>>
  /** Kept by whoever works on its requests. */
  readonly cost: WorkCost
  /** Absent where nothing is measured. */
  readonly meter?: VersionMeter
  /** Runs wait for others to join: how long one takes says nothing about the model. */
  readonly isBatched?: true
  /** Present where other threads can run the same loaded model: it can be cloned to them. */
  readonly shared?: SharedServable
}

/** Valid only while the servable that gave it is loaded. Addresses are of this process. */
export interface SharedServable {
  readonly id: ServableId
  readonly signatures: ReadonlyMap<string, Signature>
  readonly libraryPath: string
  readonly sessionAddress: number
  readonly graphAddress: number
  readonly runPlan: RunPlan
  /** The version has a meter, which wants to know of every thread's requests. */
  readonly isMetered?: true
  /** Present where requests are held to it on every thread. */
  readonly batching?: BatchingOptions
}

/** `caller`: on the thread that asks, best for small graphs; `pool`: on TensorFlow's own threads. */
export interface RunPlan {
  readonly thread: 'caller' | 'pool'
  /** Applies to runs on the pool; a run on the caller's thread ends when it ends. */
  readonly timeoutMillis: number
}

/** Knows how to bring one version into memory. Construction does no work. */
export interface Loader {
  readonly id: ServableId
  /** Throws StatusError with the reason. */
  load(): Promise<Servable>
}

export const defaultSignature = 'serving_default'
/** Runs at load time; listed in metadata, never callable. */
export const initSignature = '__saved_model_init_op'
