import type { Loader } from '../servable.ts'
import { invalidArgument, StatusError, statusText } from '../status.ts'
import { type Lease, ModelVersion, type RetryOptions } from './model-version.ts'
import { keepOneAvailable, type VersionPolicy, type VersionState } from './version-policy.ts'

export type { Lease } from './model-version.ts'
export type { VersionState } from './version-policy.ts'

export interface VersionStatus {
  readonly version: number
  readonly state: VersionState
  readonly error?: StatusError
}

export type VersionChoice = 'latest' | { readonly version: number } | { readonly label: string }
export type VersionLabels = ReadonlyMap<string, number>

export interface Manager extends AsyncDisposable {
  /** Says the whole set of versions wanted of a model: others are unloaded, missing ones loaded, in time. Idempotent. */
  aspire(model: string, loaders: readonly Loader[]): void
  /** Wants these besides what is there, and waits; throws the first reason why one cannot be loaded, and the others stay. */
  load(loaders: readonly Loader[]): Promise<void>
  /**
   * Waits until every wanted version of each model has loaded or failed. Throws StatusError UNKNOWN, with each
   * reason, where a model ends up without any; UNAVAILABLE where the manager is disposed first. Where the signal
   * ends the wait, throws its reason.
   */
  whenAvailable(models: readonly string[], signal?: AbortSignal): Promise<void>
  /** Replaces a model's labels. */
  label(model: string, labels: VersionLabels): void
  labels(model: string): VersionLabels
  /** Throws StatusError NOT_FOUND for what is not available, INVALID_ARGUMENT for an unknown label. */
  acquire(model: string, choice: VersionChoice): Lease
  /** Wants nothing of a model any more; resolves when its memory is free. From then on it was never heard of. */
  forget(model: string): Promise<void>
  /** Newest version first, those that have ended too; empty for a model never heard of. */
  states(model: string): readonly VersionStatus[]
  /** Those with a wanted version. */
  models(): readonly string[]
}

export interface ManagerOptions extends RetryOptions {
  readonly policy: VersionPolicy
  /** Loads under way at a time, over all models. */
  readonly loadsAtOnce: number
}

const defaults: ManagerOptions = {
  policy: keepOneAvailable,
  loadsAtOnce: 1,
  maxLoadRetries: 0,
  retryMillis: 0,
}

interface Model {
  readonly name: string
  /** Newest first. */
  versions: ModelVersion[]
  /** The newest that is available: what most requests ask for. */
  latest: ModelVersion | undefined
  labels: VersionLabels
}

/** Disposing it refuses new leases, waits for those that are out, and unloads. */
export function createManager(options: Partial<ManagerOptions> = {}): Manager {
  return new VersionManager({ ...defaults, ...options })
}

class VersionManager implements Manager {
  private readonly byName = new Map<string, Model>()
  private readonly watchers = new Set<() => void>()
  private readonly underWay = new Set<Promise<void>>()
  private readonly options: ManagerOptions
  private loads = 0
  private isClosed = false

  constructor(options: ManagerOptions) {
    this.options = options
  }

  aspire(name: string, loaders: readonly Loader[]): void {
    if (this.isClosed) return
    const model = this.model(name)
    const wanted = new Set(loaders.map((loader) => loader.id.version))
    for (const version of model.versions) if (!wanted.has(version.version)) version.retire()
    for (const loader of loaders) want(model, loader)
    this.changed(model)
  }

  async load(loaders: readonly Loader[]): Promise<void> {
    for (const loader of loaders) want(this.model(loader.id.model), loader)
    this.advance()
    const versions = loaders.map(({ id }) => versionOf(this.byName.get(id.model), id.version))
    await this.until(() => versions.every((version) => version?.state !== 'START' && !isBusy(version)))
    for (const version of versions) if (version?.state === 'END') throw version.reason
  }

  async whenAvailable(names: readonly string[], signal?: AbortSignal): Promise<void> {
    const models = names.map((name) => this.model(name))
    await this.until(() => models.every(isSettled), signal)
    const failed = models.filter(({ latest }) => latest === undefined)
    if (failed.length === 0) return
    const reasons = failed.flatMap(({ name, versions }) =>
      versions.map(({ version, error }) => {
        const reason = error ? ` due to error: ${statusText(error)}` : ''
        return `{{name: ${name} version: ${version}}${reason}}, `
      }),
    )
    throw new StatusError(
      'UNKNOWN',
      `${failed.length} servable(s) did not become available: {${reasons.join('')}}`,
    )
  }

  label(name: string, labels: VersionLabels): void {
    this.model(name).labels = labels
  }

  labels(name: string): VersionLabels {
    return this.byName.get(name)?.labels ?? noLabels
  }

  acquire(name: string, choice: VersionChoice): Lease {
    const model = this.byName.get(name)
    if (choice === 'latest') return model?.latest?.lease() ?? notFound(`Latest(${name})`)
    const version = 'version' in choice ? choice.version : model?.labels.get(choice.label)
    if (version === undefined && 'label' in choice) {
      throw invalidArgument(`Unrecognized servable version label: ${choice.label}`)
    }
    return versionOf(model, version)?.lease() ?? notFound(`Specific(${name}, ${version})`)
  }

  async forget(name: string): Promise<void> {
    const model = this.byName.get(name)
    if (!model) return
    this.aspire(name, [])
    const isGone = (): boolean => model.versions.every(({ state }) => state === 'END')
    await this.until(isGone)
    if (this.byName.get(name) === model) this.byName.delete(name)
  }

  states(name: string): VersionStatus[] {
    return (this.byName.get(name)?.versions ?? []).map(({ version, state, error }) => ({
      version,
      state,
      ...(error ? { error } : {}),
    }))
  }

  models(): string[] {
    const wanted = [...this.byName.values()].filter(({ versions }) => versions.some((one) => one.isAspired))
    return wanted.map(({ name }) => name)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const model of this.byName.values()) {
      for (const version of model.versions) version.retire()
      this.changed(model)
    }
    this.isClosed = true
    this.notify()
    while (this.underWay.size > 0) await Promise.all(this.underWay)
  }

  private model(name: string): Model {
    const known = this.byName.get(name)
    if (known) return known
    const model: Model = { name, versions: [], latest: undefined, labels: noLabels }
    this.byName.set(name, model)
    return model
  }

  /** Does all that the policy allows now; every end of a load or an unload comes back here. */
  private advance(): void {
    for (const model of this.byName.values()) while (this.act(model)) {}
  }

  private act(model: Model): boolean {
    const action = this.options.policy(model.versions)
    if (!action) return false
    if ('unload' in action) {
      const version = versionOf(model, action.unload)
      if (version) this.follow(model, version, version.unload())
      return version !== undefined
    }
    const version = versionOf(model, action.load)
    if (!version || this.loads >= this.options.loadsAtOnce) return false
    this.loads++
    this.follow(
      model,
      version,
      version.load(this.options).finally(() => {
        this.loads--
      }),
    )
    return true
  }

  private follow(model: Model, version: ModelVersion, work: Promise<void>): void {
    model.latest = model.versions.find(({ state }) => state === 'AVAILABLE')
    const followed = work.then(() => {
      this.underWay.delete(followed)
      version.settle()
      replaceEnded(model)
      this.changed(model)
    })
    this.underWay.add(followed)
  }

  private changed(model: Model): void {
    model.latest = model.versions.find(({ state }) => state === 'AVAILABLE')
    this.advance()
    this.notify()
  }

  private notify(): void {
    for (const watcher of this.watchers) watcher()
  }

  private async until(isReached: () => boolean, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted()
    if (isReached()) return
    await new Promise<void>((resolve, reject) => {
      const watcher = (): void => {
        const isOver = isReached() || this.isClosed || signal?.aborted
        if (!isOver) return
        this.watchers.delete(watcher)
        signal?.removeEventListener('abort', watcher)
        if (isReached()) resolve()
        else reject(signal?.reason ?? new StatusError('UNAVAILABLE', 'The server is shutting down'))
      }
      this.watchers.add(watcher)
      signal?.addEventListener('abort', watcher)
    })
  }
}

const noLabels: VersionLabels = new Map()

function want(model: Model, loader: Loader): void {
  const known = versionOf(model, loader.id.version)
  if (known?.isAspired) return
  if (known?.state === 'UNLOADING') {
    known.successor = loader
    return
  }
  if (known && known.state !== 'END') {
    known.isAspired = true
    // Its further attempts have been given up: where it fails, it begins anew.
    if (known.state === 'LOADING') known.successor = loader
    return
  }
  add(model, loader)
}

/** In the place of a version that has ended, if there was one. */
function add(model: Model, loader: Loader): void {
  const others = model.versions.filter(({ version }) => version !== loader.id.version)
  model.versions = [...others, new ModelVersion(loader)].sort((a, b) => b.version - a.version)
}

function replaceEnded(model: Model): void {
  for (const { state, successor } of model.versions) if (state === 'END' && successor) add(model, successor)
}

const versionOf = (model: Model | undefined, version: number | undefined): ModelVersion | undefined =>
  model?.versions.find((one) => one.version === version)

const isBusy = (version: ModelVersion | undefined): boolean => version?.state === 'LOADING'

function isSettled({ versions }: Model): boolean {
  const wanted = versions.filter(({ isAspired }) => isAspired)
  return wanted.length > 0 && wanted.every(({ state }) => state === 'AVAILABLE' || state === 'END')
}

function notFound(asked: string): never {
  throw new StatusError('NOT_FOUND', `Servable not found for request: ${asked}`)
}
