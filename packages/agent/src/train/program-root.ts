import type { Host } from '../host.ts'
import type { TrainPlan } from '../host-plan.ts'
import type { Command } from './entry-point.ts'
import { type Layout, layoutAt } from './layout.ts'

/** How the program sees its files. */
export interface ProgramRoot {
  readonly layout: Layout
  /** Data may be the bucket's own bytes. */
  readonly isDataReadOnly: boolean
  enter(command: Command): Command
}

/** An /opt/ml of the program's own, or else the real folders and a warning. */
export async function programRoot(plan: TrainPlan, layout: Layout, host: Host): Promise<ProgramRoot> {
  const options = { ml: layout.root, readOnly: [layout.data], hostName: plan.cluster.current }
  const root = await host.machine.privateRoot(options)
  if (root !== undefined) return { layout: layoutAt('/opt/ml'), isDataReadOnly: true, enter: root.enter }
  host.log.line(
    `sagebrush-agent: warning: this machine allows no private /opt/ml; the job's files are in ${layout.root}, ` +
      'as the SM_ variables say',
  )
  return { layout, isDataReadOnly: false, enter: (command) => command }
}
