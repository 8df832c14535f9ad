import { makePlaces, outsideBinds } from '../../checkpoints/synced-places.ts'
import type { Host } from '../../host/host.ts'
import type { TrainPlan } from '../../plan/host-plan.ts'
import { isolatingRoot } from '../../process/isolation.ts'
import { noteLeftovers } from '../../process/leftovers.ts'
import type { ProgramCall } from '../../process/shell-variables.ts'
import { type Layout, layoutAt } from '../ml-folder/layout.ts'
import { ourPackages } from './our-packages.ts'

/** How the program sees its files. */
export interface ProgramRoot {
  readonly layout: Layout
  /** Data may be the bucket's own bytes. */
  readonly isDataReadOnly: boolean
  enter(command: ProgramCall): ProgramCall
}

/**
 * An /opt/ml of the program's own, or else the real folders and a warning. Throws HostFailure for a plan that wants
 * isolation where there is none, or synced folders where none can be.
 */
export async function programRoot(plan: TrainPlan, layout: Layout, host: Host): Promise<ProgramRoot> {
  const root = await host.machine.privateRoot()
  if (plan.isIsolated) await isolatingRoot(root)
  const binds = outsideBinds(layout.root, plan.syncedFolders)
  if (root === undefined) {
    host.log.note(
      `warning: this machine allows no private /opt/ml; the job's files are in ${layout.root}, ` +
        'as the SM_ variables say',
    )
    for (const { source, target } of binds) host.log.note(`warning: ${target} is ${source}`)
    return { layout, isDataReadOnly: false, enter: (command) => command }
  }
  const { directory, environments, variables } = host.config
  const needed = [directory, environments, ourPackages, variables.HOME ?? directory]
  await makePlaces(
    binds.map(({ target }) => target),
    { needed, note: (removals) => noteLeftovers(directory, { removals }) },
  )
  const inside = layoutAt('/opt/ml')
  const options = {
    mlDirectory: layout.root,
    binds,
    // By its real path as well, which a program can find out.
    readOnlyBinds: [inside.data, layout.data].map((target) => ({ source: layout.data, target })),
    hostname: plan.cluster.current,
    hosts: Object.fromEntries(plan.cluster.hosts.map((name, index) => [name, `127.0.1.${index + 1}`])),
    workingDirectory: inside.code,
    isIsolated: plan.isIsolated ?? false,
  }
  const enter = ({ program, args }: ProgramCall): ProgramCall => {
    const [first = program, ...rest] = root.wrap([program, ...args], options)
    return { program: first, args: rest }
  }
  return { layout: inside, isDataReadOnly: true, enter }
}
