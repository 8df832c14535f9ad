import type { RunPlan, Signature } from '../servable.ts'
import { byteWidth, elementCount, type Tensor, type TensorMap } from '../tensor.ts'

/** Runs once and says how long it took. */
export type Trial = (plan: RunPlan['thread']) => number

const trialsEach = 5
const budgetMillis = 250

/**
 * Tries a signature on the caller's thread and on TensorFlow's pool, in turn, after one run each that warms up.
 * A single slow run ends the trials: then the pool is chosen, where a deadline holds.
 */
export function chooseThread(trial: Trial): { thread: RunPlan['thread']; micros: number } {
  const started = performance.now()
  const caller: number[] = []
  const pool: number[] = []
  trial('pool')
  trial('caller')
  do {
    pool.push(trial('pool'))
    caller.push(trial('caller'))
  } while (pool.length < trialsEach && performance.now() - started < budgetMillis)
  const [callerMicros, poolMicros] = [median(caller), median(pool)]
  const isSlow = callerMicros > budgetMillis * 100
  return callerMicros <= poolMicros * 1.05 && !isSlow
    ? { thread: 'caller', micros: callerMicros }
    : { thread: 'pool', micros: poolMicros }
}

/** Zeros of the declared shape, batch size 1; undefined where a size beside the first is unknown or an input has no numbers. */
export function trialInputs({ inputs }: Signature): TensorMap | undefined {
  const tensors = new Map<string, Tensor>()
  for (const [alias, { dtype, shape }] of inputs) {
    if (dtype === undefined || dtype === 'string' || shape === 'unknown-rank') return undefined
    if (shape.some((size, axis) => axis > 0 && size < 0)) return undefined
    const sizes = shape.map((size) => (size < 0 ? 1 : size))
    tensors.set(alias, { dtype, shape: sizes, data: new Uint8Array(elementCount(sizes) * byteWidth[dtype]) })
  }
  return tensors
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
