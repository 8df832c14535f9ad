/**
 * What lies in a host's folder, the only thing that a compute backend and the agent share:
 *
 *   plan.json     the HostPlan, written by the backend before the agent starts
 *   claim         made with O_EXCL by the one agent that runs the plan: `{ pid, startTicks }`
 *   report.json   the agent's latest HostReport, replaced atomically
 *   left.json     what of the program may outlive its processes: a Leftovers, noted before it comes to be
 *   log/output.log  stdout and stderr of the agent and of the user's program, appended; in a folder of its own, so that
 *                 whoever watches for reports is not woken by every line
 *   ml/           becomes /opt/ml of the program
 *   synced/       synced folders that the program has elsewhere, by their paths there
 */
export const hostFiles = {
  plan: 'plan.json',
  claim: 'claim',
  report: 'report.json',
  output: 'log/output.log',
  leftovers: 'left.json',
  ml: 'ml',
  synced: 'synced',
} as const

/** `startTicks` is field 22 of /proc/<pid>/stat: with it a reused pid is not taken for the agent. */
export interface Claim {
  readonly pid: number
  readonly startTicks: string
}

/** What killing a host's processes does not end: whoever clears the host away sees to it. */
export interface Leftovers {
  /** Folders of control groups: what runs in them is killed, then they are removed. */
  readonly controlGroups: readonly string[]
  /** Commands that remove containers and folders, also one that never was; each ends with 0 once nothing is left. */
  readonly removals: readonly (readonly string[])[]
}

export type Activity =
  | 'preparing'
  | 'downloading'
  | 'training'
  | 'uploading'
  | 'loading'
  | 'serving'
  | 'stopping'

/** The last value that the program printed of a metric, and when; `at` is ISO 8601. */
export interface FinalMetric {
  readonly name: string
  readonly value: number
  readonly at: string
}

/** `at` is ISO 8601. `address` (`127.0.0.1:port`) appears once the server answered /ping. */
export type HostReport =
  | {
      readonly phase: 'running'
      readonly activity: Activity
      readonly at: string
      readonly message?: string
      readonly address?: string
    }
  | {
      readonly phase: 'exited'
      readonly exitCode: number
      readonly at: string
      readonly reason?: string
      /** The machine was taken away: what the program had not saved in S3 is lost, artifacts were not stored. */
      readonly interrupted?: boolean
      readonly metrics?: readonly FinalMetric[]
      /** What ran the program, where that is an environment of the machine: `TensorFlow 2.19.0 on Python 3.12.1`. */
      readonly environment?: string
    }
