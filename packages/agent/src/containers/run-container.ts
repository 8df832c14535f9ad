import { readFile } from 'node:fs/promises'
import { clientError, HostFailure } from '../failure-reason.ts'
import type { Host, Outcome } from '../host/host.ts'
import { measureHost } from '../metrics/utilization/measure-host.ts'
import { programsOf } from '../metrics/utilization/usage.ts'
import type { TrainPlan } from '../plan/host-plan.ts'
import { noFence } from '../process/fence/fence.ts'
import type { Layout } from '../train/ml-folder/layout.ts'
import { ownOutcome } from '../train/program/own-outcome.ts'
import { type ProgramOutcome, runToEnd } from '../train/program/run-to-end.ts'
import { containerEnvironment } from './container-environment.ts'
import { handedOn, trainArguments } from './create-arguments.ts'
import { call, type Engine, lastLine } from './engine.ts'
import { imageHint } from './image-hint.ts'
import { ownLimits } from './own-limits.ts'
import { withContainer } from './with-container.ts'

export interface ContainerRun {
  readonly plan: TrainPlan
  readonly host: Host
  readonly engine: Engine
  /** The real folders. */
  readonly layout: Layout
  /** Aborted when the program's data has gone. */
  readonly dataLost: AbortSignal
}

/** A pull may take long; the rest is a matter of seconds. */
const createLimitSeconds = 6 * 3600
const callLimitSeconds = 60
/** Nobody waits for figures. */
const lookLimitSeconds = 5

/**
 * Runs an image of the user's own to its end, as `docker run <image> train` with /opt/ml. Nothing of it is left then,
 * nor when this process is killed. Throws HostFailure in the engine's words when the container cannot be made or
 * started.
 */
export async function runContainer(run: ContainerRun): Promise<Outcome> {
  const { host, engine } = run
  return withContainer(engine, host, async (name) => {
    await create(run, name)
    const end = await start(run, name)
    const state = await inspect(engine, name)
    if (state && !state.hasStarted && !host.stop.aborted) throw notStarted(run, lastLine(end.output))
    return ownOutcome(run, { output: end.output, exitCode: exitCodeOf(end, state) })
  })
}

async function create({ plan, host, engine, layout }: ContainerRun, name: string): Promise<void> {
  const environment = containerEnvironment(plan, host.config.credentials)
  const args = trainArguments(engine, {
    plan,
    layout,
    name,
    directory: host.config.directory,
    environment,
    ulimits: await ownLimits(),
  })
  const client = { ...engine, environment: { ...engine.environment, ...handedOn(environment) } }
  const { exitCode, error } = await call(client, args, {
    timeoutSeconds: createLimitSeconds,
    signal: host.stop,
    onError: (bytes) => host.log.write(bytes),
  })
  if (exitCode === 0) return
  throw new HostFailure(
    clientError(
      `the image ${JSON.stringify(plan.image)} cannot be run: ${lastLine(error)}${imageHint(plan.image)}`,
    ),
  )
}

/** The client stays between: it hands on what the container prints, and signals to the container. */
async function start(
  { plan, host, engine, layout, dataLost }: ContainerRun,
  name: string,
): Promise<ProgramOutcome> {
  const [program = '', ...args] = [...engine.command, 'start', '--attach', name]
  const root = {
    layout,
    isDataReadOnly: true,
    enter: (command: { program: string; args: readonly string[] }) => command,
  }
  const { directory, credentials } = host.config
  await using _measured = measureHost({
    ...{ plan, directory, credentials },
    meter: programsOf(() => firstProcess(engine, name, plan)),
    say: host.log.note,
  })
  return await runToEnd(
    { plan, host, layout, root, dataLost, fence: noFence },
    { program, args },
    engine.environment,
  )
}

/** The container's first process; undefined while there is none, and where it is not one of this machine. */
async function firstProcess(engine: Engine, name: string, plan: TrainPlan): Promise<number | undefined> {
  const args = ['inspect', '--type', 'container', '--format', '{{.State.Pid}} {{.Id}}', name]
  const { output } = await call(engine, args, { timeoutSeconds: lookLimitSeconds })
  const [pid = '', id = ''] = output.split(' ')
  if (!/^[1-9]\d*$/.test(pid) || id === '') return undefined
  const read = (file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')
  const [groups, variables] = await Promise.all([read('cgroup'), read('environ')])
  return groups.includes(id) || variables.includes(plan.arn) ? Number(pid) : undefined
}

interface State {
  readonly exitCode: number
  readonly isOutOfMemory: boolean
  readonly hasStarted: boolean
}

/** Undefined when the engine does not say. */
async function inspect(engine: Engine, name: string): Promise<State | undefined> {
  const format = '{{.State.Running}} {{.State.ExitCode}} {{.State.OOMKilled}} {{.State.StartedAt}}'
  const args = ['inspect', '--type', 'container', '--format', format, name]
  const { exitCode, output } = await call(engine, args, { timeoutSeconds: callLimitSeconds })
  const [running, code, outOfMemory, startedAt = ''] = output.split(' ')
  // One that runs still has lost its client, which was killed when its grace was over.
  if (exitCode !== 0 || running === 'true') return undefined
  return {
    exitCode: Number(code),
    isOutOfMemory: outOfMemory === 'true',
    hasStarted: !startedAt.startsWith('0001-'),
  }
}

function exitCodeOf(end: ProgramOutcome, state: State | undefined): number {
  if (state?.isOutOfMemory && end.exitCode !== 0) return outOfMemory
  return state?.hasStarted ? state.exitCode : end.exitCode
}

/** Killed by SIGKILL, as the kernel does when memory has run out. */
const outOfMemory = 137

function notStarted({ plan }: ContainerRun, words: string): HostFailure {
  return new HostFailure(
    clientError(`the container of ${JSON.stringify(plan.image)} could not be started: ${words}`),
  )
}
