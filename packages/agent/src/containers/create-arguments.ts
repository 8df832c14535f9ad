import type { TrainPlan } from '../host-plan.ts'
import type { Layout } from '../train/layout.ts'
import type { Engine } from './engine.ts'

export interface ContainerFacts {
  readonly plan: TrainPlan
  /** The real folders. */
  readonly layout: Layout
  readonly name: string
  /** The host's folder: containers bear it as the label `sagebrush.host`. */
  readonly directory: string
  readonly environment: Readonly<Record<string, string>>
  /** What this process itself may have open and run; a container that asks for more is not started by every engine. */
  readonly ulimits: { readonly openFiles: number; readonly processes: number }
}

/** What a container engine's `create` gets. Pure. Source of what the program meets: the training container contract. */
export function createArguments(engine: Engine, facts: ContainerFacts): string[] {
  const { plan, layout, name, directory } = facts
  const { entrypoint, arguments: given } = plan.containerCommand ?? {}
  const [entry, ...rest] = entrypoint ?? []
  return [
    ...['create', '--name', name, '--label', `sagebrush.host=${directory}`],
    ...['--log-driver', 'none', '--hostname', plan.cluster.current],
    ...network(plan),
    ...bind(layout.root, '/opt/ml'),
    // Data may be the bucket's own bytes.
    ...bind(layout.data, '/opt/ml/input/data', 'readonly'),
    ...Object.entries(facts.environment).flatMap(([key, value]) => variable(key, value)),
    ...ulimits(engine, facts),
    ...shareOptions(engine, plan),
    ...engine.options,
    ...(entry === undefined ? [] : ['--entrypoint', entry]),
    plan.image,
    ...rest,
    ...(given ?? (entrypoint === undefined ? ['train'] : [])),
  ]
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

/** Whether the client itself goes by a variable, or Linux does for any program. */
export function isHeeded(name: string): boolean {
  return /^(PATH|HOME|USER|TMPDIR|SHELL|NOTIFY_SOCKET|.*_proxy|(LD|GO|XDG|DOCKER|CONTAINERS?|PODMAN|STORAGE|REGISTRY|BUILDAH|DBUS|LISTEN|SSL|SAGEBRUSH)_.*|GO[A-Z]+)$/i.test(
    name,
  )
}

function ulimits(engine: Engine, { ulimits: own }: ContainerFacts): string[] {
  if (engine.options.some((option) => option.startsWith('--ulimit'))) return []
  const { openFiles, processes } = own
  return ['--ulimit', `nofile=${openFiles}:${openFiles}`, '--ulimit', `nproc=${processes}:${processes}`]
}

function shareOptions({ kind }: Engine, { share }: TrainPlan): string[] {
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
