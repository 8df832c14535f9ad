import type { Environment } from '@sagebrush/environments'
import type { Host } from '../host/host.ts'
import type { TrainPlan } from '../plan/host-plan.ts'
import type { Fence } from '../process/fence/fence.ts'
import type { Layout } from './ml-folder/layout.ts'
import type { ProgramRoot } from './program/program-root.ts'

/** What the program of a job runs in and with, once its environment is there. */
export interface Training {
  readonly plan: TrainPlan
  readonly host: Host
  /** The real folders; `root.layout` is how the program sees them. */
  readonly layout: Layout
  /** What the image stands for; nothing may be installed into it. */
  readonly base: Environment
  readonly root: ProgramRoot
  /** Around all that the job starts. */
  readonly fence: Fence
  /** Aborted when the program's data has gone: it must not go on with what it got. */
  readonly dataLost: AbortSignal
}
