import { findEngine } from '../containers/engine.ts'
import { runContainer } from '../containers/run-container.ts'
import type { Host, Outcome } from '../host/host.ts'
import { measureHost } from '../metrics/utilization/measure-host.ts'
import { ownPrograms } from '../metrics/utilization/usage.ts'
import type { TrainPlan } from '../plan/host-plan.ts'
import { openHostFence } from '../process/host-fence.ts'
import type { Layout } from './ml-folder/layout.ts'
import { programRoot } from './program/program-root.ts'
import { runCommand } from './program/run-command.ts'
import { runToolkit } from './toolkit/toolkit.ts'

/** What a job runs, ready to be run. */
export interface JobProgram {
  /** What runs it: `TensorFlow 2.19.0 on Python 3.12.1`. Absent for a container. */
  readonly environment?: string
  /** The environment's interpreter. */
  readonly python?: string
  /** Data may be the bucket's own bytes. */
  readonly isDataReadOnly: boolean
  /** Runs it to its end. `dataLost` aborts when its data has gone. Throws HostFailure when it cannot be started. */
  run(dataLost: AbortSignal): Promise<Outcome>
}

/**
 * Behind one of AWS's TensorFlow images stands an environment of this machine, with what the training toolkit does; all
 * other images run through a container engine. Throws HostFailure for an image that neither is there for.
 */
export async function jobProgram(plan: TrainPlan, layout: Layout, host: Host): Promise<JobProgram> {
  return (await host.machine.hasEnvironment(plan.image))
    ? inEnvironment(plan, layout, host)
    : inContainer(plan, layout, host)
}

async function inEnvironment(plan: TrainPlan, layout: Layout, host: Host): Promise<JobProgram> {
  const task = { say: host.log.line, signal: host.stop }
  // Trying out the root takes a while of its own, in other processes.
  const [base, root] = await Promise.all([
    host.machine.prepareEnvironment(plan.image, 'training', task),
    programRoot(plan, layout, host),
  ])
  const command = commandOf(plan)
  const environment = `TensorFlow ${base.tensorflow} on Python ${base.pythonVersion}`
  host.log.line(`Running ${environment}`)
  return {
    environment,
    python: base.executable,
    isDataReadOnly: root.isDataReadOnly,
    async run(dataLost) {
      await using fence = await openHostFence(plan, host)
      const { directory, credentials } = host.config
      await using _measured = measureHost({
        plan,
        directory,
        credentials,
        say: host.log.note,
        meter: ownPrograms,
      })
      const training = { plan, host, layout, base, root, fence, dataLost }
      return await (command === undefined ? runToolkit(training) : runCommand(training, command))
    },
  }
}

/** What takes the place of the toolkit. The entry point of AWS's images runs its arguments. */
function commandOf({ containerCommand }: TrainPlan): readonly string[] | undefined {
  if (containerCommand === undefined) return undefined
  return [...(containerCommand.entrypoint ?? []), ...(containerCommand.arguments ?? [])]
}

async function inContainer(plan: TrainPlan, layout: Layout, host: Host): Promise<JobProgram> {
  const engine = await findEngine(host.config, plan.image, host.stop)
  return { isDataReadOnly: true, run: (dataLost) => runContainer({ plan, host, engine, layout, dataLost }) }
}
