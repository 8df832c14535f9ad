import { availableParallelism } from 'node:os'
import type { Environment, OwnPython } from '@sagebrush/environments'
import type { Host } from '../../host.ts'
import type { TrainPlan } from '../../host-plan.ts'
import type { Fence } from '../../process/fence/fence.ts'
import { countGpus } from '../accelerators.ts'
import type { Layout } from '../layout.ts'
import { ourPackages } from '../our-packages.ts'
import { programEnvironment } from '../program-environment.ts'
import type { ProgramRoot } from '../program-root.ts'
import { type Command, type EntryKind, entryCommand } from './code/entry-point.ts'
import { toArguments } from './hyper-parameters/arguments.ts'
import type { HyperParameters } from './hyper-parameters/hyper-parameters.ts'
import { smEnvironment, trainingEnvironment } from './sm-environment.ts'
import { invocationText } from './toolkit-log.ts'

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

export interface Script {
  /** The job's own Python, with what the code asks for. */
  readonly python: OwnPython
  readonly entryPoint: string
  readonly kind: EntryKind
  readonly hyperParameters: HyperParameters
}

export interface Invocation {
  /** As the log and the failure file show it. */
  readonly command: Command
  readonly environment: Readonly<Record<string, string>>
  /** What the log says before the start. */
  readonly text: string
}

/** Arguments, variables and command of the user's script. */
export async function invocationOf(training: Training, script: Script): Promise<Invocation> {
  const { plan, root, host } = training
  const { entryPoint, hyperParameters, python } = script
  const args = toArguments(hyperParameters.user)
  const [cpus, gpus] = [availableParallelism(), plan.share?.gpus?.length ?? (await countGpus())]
  const facts = { plan, hyperParameters, layout: root.layout, entryPoint, args, cpus, gpus }
  const sm = smEnvironment(facts)
  const environment = programEnvironment({
    plan,
    hyperParameters,
    credentials: host.config.credentials,
    inherited: host.config.variables,
    python: python.variables,
    sm,
    codeDirectory: root.layout.code,
    ourPackages,
  })
  const command = entryCommand(script.kind, entryPoint, { args, python: python.executable })
  const variables = { ...sm, PYTHONPATH: environment.PYTHONPATH ?? '' }
  const text = invocationText({ trainingEnvironment: trainingEnvironment(facts), variables, command })
  return { command, environment, text }
}
