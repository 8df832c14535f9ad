import type { AgentConfig } from './config.ts'
import type { FinalMetric } from './host-files.ts'
import type { Reporter } from './life/report.ts'
import type { OutputLog } from './logs/output-log.ts'
import type { Machine } from './machine.ts'
import type { ObjectsClient } from './objects/objects-client.ts'

/** What every kind of run works with. */
export interface Host {
  readonly config: AgentConfig
  readonly report: Reporter
  readonly log: OutputLog
  readonly objects: ObjectsClient
  readonly machine: Machine
  /** Aborted when the host is asked to stop. */
  readonly stop: AbortSignal
}

/** How a run ended. */
export interface Outcome {
  readonly exitCode: number
  /** Why it failed; a FailureReason. */
  readonly reason?: string
  /** The last values of the metrics that were looked for. */
  readonly metrics?: readonly FinalMetric[]
}
