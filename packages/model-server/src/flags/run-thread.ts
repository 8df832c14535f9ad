import type { RunPlan } from '../servable.ts'
import { ConfigError } from './read-flags.ts'

export const runThreadHelp =
  "caller: models run on the thread that asks; pool: on TensorFlow's own, where runs can time out; auto: as measured for each"

/** Undefined: `auto`. Throws ConfigError. */
export function readRunThread(text: string): RunPlan['thread'] | undefined {
  if (text === 'caller' || text === 'pool') return text
  if (text === 'auto') return undefined
  throw new ConfigError(`--run_thread must be auto, caller or pool, not "${text}"`)
}
