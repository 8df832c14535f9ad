import type { Loader, Servable } from './servable.ts'
import { asStatusError, invalidArgument, StatusError } from './status.ts'

/** TensorFlow Serving's names, as its status answers print them. */
export type VersionState = 'START' | 'LOADING' | 'AVAILABLE' | 'UNLOADING' | 'END'
export interface VersionStatus {
  readonly version: number
  readonly state: VersionState
  readonly error?: StatusError
}

export type VersionChoice = 'latest' | { readonly version: number } | { readonly label: string }

/** Holding a lease delays the unload of its version: dispose it, once, when the answer is made. */
export interface Lease extends Disposable {
  readonly servable: Servable
}

export interface Manager extends AsyncDisposable {
  /** Loads one after another; throws the first reason why one cannot be loaded, after which the others stay. */
  load(loaders: readonly Loader[]): Promise<void>
  /** Throws StatusError NOT_FOUND for what is not available, INVALID_ARGUMENT for an unknown label. */
  acquire(model: string, choice: VersionChoice): Lease
  /** Newest version first; empty for a model never heard of. */
  states(model: string): readonly VersionStatus[]
  models(): readonly string[]
}

interface Entry {
  readonly loader: Loader
  state: VersionState
  leases: number
  servable?: Servable
  error?: StatusError
  /** Called when the last lease is returned. */
  idle?: () => void
}

/** Disposing it refuses new leases, waits for those that are out, and unloads. */
export function createManager(): Manager {
  const models = new Map<string, Entry[]>()

  return { load, acquire, states, models: () => [...models.keys()], [Symbol.asyncDispose]: unloadAll }

  async function load(loaders: readonly Loader[]): Promise<void> {
    const entries = loaders.map((loader): Entry => ({ loader, state: 'START', leases: 0 }))
    for (const entry of entries) add(entry)
    for (const entry of entries) await loadOne(entry)
  }

  function add(entry: Entry): void {
    const { model } = entry.loader.id
    const versions = [...(models.get(model) ?? []), entry]
    models.set(
      model,
      versions.sort((a, b) => b.loader.id.version - a.loader.id.version),
    )
  }

  function acquire(model: string, choice: VersionChoice): Lease {
    const entry = find(model, choice)
    const servable = entry?.servable
    if (!entry || !servable || entry.state !== 'AVAILABLE') throw notFound(model, choice)
    entry.leases++
    return { servable, [Symbol.dispose]: () => giveBack(entry) }
  }

  function find(model: string, choice: VersionChoice): Entry | undefined {
    const versions = models.get(model) ?? []
    if (choice === 'latest') return versions.find((entry) => entry.state === 'AVAILABLE')
    if ('version' in choice) return versions.find((entry) => entry.loader.id.version === choice.version)
    throw invalidArgument(`Unrecognized servable version label: ${choice.label}`)
  }

  function states(model: string): VersionStatus[] {
    return (models.get(model) ?? []).map(({ loader, state, error }) => ({
      version: loader.id.version,
      state,
      ...(error ? { error } : {}),
    }))
  }

  async function unloadAll(): Promise<void> {
    const entries = [...models.values()].flat()
    await Promise.all(entries.map(unload))
  }
}

async function loadOne(entry: Entry): Promise<void> {
  entry.state = 'LOADING'
  try {
    entry.servable = await entry.loader.load()
    entry.state = 'AVAILABLE'
  } catch (thrown) {
    entry.error = asStatusError(thrown)
    entry.state = 'END'
    throw thrown
  }
}

async function unload(entry: Entry): Promise<void> {
  if (entry.state !== 'AVAILABLE' || !entry.servable) return
  entry.state = 'UNLOADING'
  if (entry.leases > 0) await new Promise<void>((resolve) => Object.assign(entry, { idle: resolve }))
  await entry.servable[Symbol.asyncDispose]()
  entry.state = 'END'
}

function giveBack(entry: Entry): void {
  entry.leases--
  if (entry.leases === 0) entry.idle?.()
}

function notFound(model: string, choice: VersionChoice): StatusError {
  const asked =
    choice !== 'latest' && 'version' in choice ? `Specific(${model}, ${choice.version})` : `Latest(${model})`
  return new StatusError('NOT_FOUND', `Servable not found for request: ${asked}`)
}
