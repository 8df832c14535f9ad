import { availableParallelism } from 'node:os'
import type { OwnPython } from '@sagebrush/environments'
import type { ProgramCall } from '../../process/shell-variables.ts'
import { countGpus } from '../program/accelerators.ts'
import { ourPackages } from '../program/our-packages.ts'
import { programEnvironment } from '../program/program-environment.ts'
import type { Training } from '../training.ts'
import { type EntryKind, entryCommand } from './code/entry-point.ts'
import { toArguments } from './hyper-parameters/arguments.ts'
import type { HyperParameters } from './hyper-parameters/hyper-parameters.ts'
import { smEnvironment, trainingEnvironment } from './sm-environment.ts'
import { invocationText } from './toolkit-log.ts'

export interface Script {
  /** The job's own Python, with what the code asks for. */
  readonly python: OwnPython
  readonly entryPoint: string
  readonly kind: EntryKind
  readonly hyperParameters: HyperParameters
}

export interface Invocation {
  /** As the log and the failure file show it. */
  readonly command: ProgramCall
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
