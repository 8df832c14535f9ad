import type { Activity, FinalMetric, HostPlan } from '@sagebrush/agent'

export interface HostGroup {
  /** Unique for ever: never reused for another group. Letters, digits, `-`. See `groupId`. */
  readonly id: string
  readonly hosts: readonly HostPlan[]
  /** Where room is short, the oldest group starts first. */
  readonly createdAt: Date
}

export type HostState =
  | { readonly phase: 'starting' }
  | {
      readonly phase: 'running'
      readonly activity: Activity
      readonly since: Date
      readonly message?: string
      readonly address?: string
    }
  | {
      readonly phase: 'exited'
      readonly exitCode: number
      readonly at: Date
      readonly reason?: string
      /** Its machine was taken away, by `interrupt` or otherwise. */
      readonly interrupted?: boolean
      /** The last values of the metrics that the plan defines. */
      readonly metrics?: readonly FinalMetric[]
      /** What ran the program, where the host knows. */
      readonly environment?: string
    }
  /** Gone without a word. `at` is its last sign of life. */
  | { readonly phase: 'lost'; readonly at: Date; readonly reason: string }

/** Runs groups of hosts; a group starts and stops as a whole. Every method is idempotent by group id. */
export interface Compute {
  /** `full`: no room now, nothing was started; a change of this group is announced once there is room. */
  start(group: HostGroup): Promise<'started' | 'full'>
  /** One state per host, in plan order; undefined for a group never started or already removed. */
  inspect(id: string): Promise<readonly HostState[] | undefined>
  /** Asks the hosts to end: the plan says with how much grace. Resolves once asked, not once dead. */
  stop(id: string): Promise<void>
  /** Takes the hosts' machines away, as spot capacity is: programs get their grace, artifacts are not stored. */
  interrupt(id: string): Promise<void>
  /** Kills what still lives and forgets the group, also one that waits for room. */
  remove(id: string): Promise<void>
  /** Ids of groups whose state may have changed: a hint to inspect, never the truth itself. */
  changes(signal: AbortSignal): AsyncIterable<string>
}
