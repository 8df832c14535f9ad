import { outsideBinds } from '../checkpoints/synced-places.ts'
import type { HostPlan, ServePlan, TrainPlan } from '../plan/host-plan.ts'
import type { Layout } from '../train/ml-folder/layout.ts'
import type { Engine } from './engine.ts'

export interface ContainerFacts<Plan extends HostPlan> {
  readonly plan: Plan
  readonly name: string
  /** The host's folder: containers bear it as the label `sagebrush.host`. */
  readonly directory: string
  readonly environment: Readonly<Record<string, string>>
  /** What this process itself may have open and run; a container that asks for more is not started by every engine. */
  readonly ulimits: { readonly openFiles: number; readonly processes: number }
}

/** What a container engine's `create` gets for a job. Pure. Source of what the program meets: the training container contract. */
export function trainArguments(
  engine: Engine,
  facts: ContainerFacts<TrainPlan> & { /** The real folders. */ readonly layout: Layout },
): string[] {
  const { plan, layout } = facts
  const { entrypoint, arguments: given } = plan.containerCommand ?? {}
  const [entry, ...rest] = entrypoint ?? []
  return [
    ...start(facts),
    ...['--hostname', plan.cluster.current],
    ...network(plan),
    ...bind(layout.root, '/opt/ml'),
    ...outsideBinds(layout.root, plan.syncedFolders).flatMap(({ source, target }) => bind(source, target)),
    // Data may be the bucket's own bytes.
    ...bind(layout.data, '/opt/ml/input/data', 'readonly'),
    ...options(engine, facts),
    ...(entry === undefined ? [] : ['--entrypoint', entry]),
    plan.image,
    ...rest,
    ...(given ?? (entrypoint === undefined ? ['train'] : [])),
  ]
}

/** The same for an instance of an endpoint, whose port 8080 gets one of this machine's. Source: the hosting contract. */
export function serveArguments(
  engine: Engine,
  facts: ContainerFacts<ServePlan> & { readonly modelDirectory: string },
): string[] {
  const { plan, modelDirectory } = facts
  return [
    ...start(facts),
    ...['--publish', `127.0.0.1::${servingPort}`],
    ...bind(modelDirectory, '/opt/ml/model'),
    ...options(engine, facts),
    ...[plan.image, 'serve'],
  ]
}

export const servingPort = 8080

function start({ name, directory }: Pick<ContainerFacts<HostPlan>, 'name' | 'directory'>): string[] {
  return ['create', '--name', name, '--label', `sagebrush.host=${directory}`, '--log-driver', 'none']
}

function options(engine: Engine, facts: ContainerFacts<HostPlan>): string[] {
  const variables = Object.entries(facts.environment).flatMap(([key, value]) => variable(key, value))
  return [...variables, ...ulimits(engine, facts), ...shareOptions(engine, facts.plan), ...engine.options]
}

/** The server listens on the loopback interface of the machine: no other network reaches it. */
function network({ isIsolated, cluster }: TrainPlan): string[] {
  if (isIsolated) return ['--network', 'none']
  const hosts = cluster.hosts.map((host, index) => `${host}:127.0.1.${index + 1}`)
  return ['--network', 'host', ...hosts.flatMap((host) => ['--add-host', host])]
}

/** As a line of CSV, which is what engines read it as. */
function bind(source: string, target: string, ...flags: readonly string[]): string[] {
  const fields = ['type=bind', `source=${source}`, `target=${target}`, ...flags]
  return [
    '--mount',
    fields.map((field) => (/[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(','),
  ]
}

/**
 * By name alone where the engine's client does not heed the variable itself: it takes the value from its own
 * environment then, and nobody reads secrets in the list of processes.
 */
function variable(name: string, value: string): string[] {
  return ['--env', isHeeded(name) ? `${name}=${value}` : name]
}

/** The variables whose values the client takes from its own environment. */
export function handedOn(environment: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !isHeeded(name)))
}

/** Whether the client itself goes by a variable, or Linux does for any program. */
export function isHeeded(name: string): boolean {
  return /^(PATH|HOME|USER|TMPDIR|SHELL|NOTIFY_SOCKET|.*_proxy|(LD|GO|XDG|DOCKER|CONTAINERS?|PODMAN|STORAGE|REGISTRY|BUILDAH|DBUS|LISTEN|SSL|SAGEBRUSH)_.*|GO[A-Z]+)$/i.test(
    name,
  )
}

function ulimits(engine: Engine, { ulimits: own }: ContainerFacts<HostPlan>): string[] {
  if (engine.options.some((option) => option.startsWith('--ulimit'))) return []
  const { openFiles, processes } = own
  return ['--ulimit', `nofile=${openFiles}:${openFiles}`, '--ulimit', `nproc=${processes}:${processes}`]
}

function shareOptions({ kind }: Engine, { share }: HostPlan): string[] {
  if (share === undefined) return []
  const memory = Math.floor(share.memoryLimitBytes)
  return [
    ...['--memory', `${memory}b`, '--memory-swap', `${memory}b`, '--shm-size', `${Math.floor(memory / 2)}b`],
    ...['--pids-limit', String(share.processLimit)],
    ...['--cpu-shares', String(Math.max(2, Math.round(share.cpus * 1024)))],
    ...gpuOptions(kind, share.gpus ?? []),
  ]
}

function gpuOptions(kind: Engine['kind'], gpus: readonly string[]): string[] {
  if (gpus.length === 0) return []
  if (kind === 'podman') return gpus.flatMap((id) => ['--device', `nvidia.com/gpu=${id}`])
  return ['--gpus', `"device=${gpus.join(',')}"`]
}
