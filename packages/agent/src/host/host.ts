import type { AgentConfig } from '../config.ts'
import { internalServerError } from '../failure-reason.ts'
import type { OutputLog } from '../logs/output-log.ts'
import type { Machine } from '../machine/machine.ts'
import type { ObjectsClient } from '../objects/objects-client.ts'
import type { FinalMetric } from './host-files.ts'
import type { Reporter } from './report.ts'

/** What every kind of run works with. */
export interface Host {
  readonly config: AgentConfig
  readonly report: Reporter
  readonly log: OutputLog
  readonly objects: ObjectsClient
  readonly machine: Machine
  /** Aborted when the host is asked to stop; with an Interruption when it is taken away. */
  readonly stop: AbortSignal
}

/** Why a host stops whose machine is taken away, as spot capacity is: the program gets its grace, and no more. */
export class Interruption extends Error {
  override readonly name = 'AbortError'

  constructor() {
    super('the host was interrupted')
  }
}

/** How a run ended. */
export interface Outcome {
  readonly exitCode: number
  /** Why it failed; a FailureReason. */
  readonly reason?: string
  /** See HostReport. */
  readonly interrupted?: boolean
  /** The last values of the metrics that were looked for. */
  readonly metrics?: readonly FinalMetric[]
  /** See HostReport. */
  readonly environment?: string
}

/** How a run ends whose machine was taken away. */
export const interruptedOutcome: Outcome = {
  exitCode: 143,
  interrupted: true,
  reason: internalServerError('the host was interrupted'),
}
