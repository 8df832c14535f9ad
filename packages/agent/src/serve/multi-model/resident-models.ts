import { EventEmitter, once } from 'node:events'
import { FrontRefusal, LoadFailure } from './front-refusal.ts'
import type { LoadingMetric } from './loading-metrics.ts'

export interface ContainerAnswer {
  readonly status: number
  readonly body: string
}

export interface ResidentModelsOptions {
  /** Makes the files of the model that lies at the target; resolves to their directory. Throws FrontRefusal. */
  readonly bring: (target: string, signal: AbortSignal) => Promise<string>
  /** Lets the container load a directory; 507 says that it has no room. */
  readonly load: (target: string, directory: string, signal: AbortSignal) => Promise<ContainerAnswer>
  /** Resolves when the container has its memory back. */
  readonly unload: (target: string) => Promise<void>
  /** Removes the model's files. */
  readonly discard: (target: string) => Promise<void>
  /** False: a model goes, with its files, as soon as no request needs it. */
  readonly isCaching: boolean
  /** A request that waits longer for its model is told to come again. */
  readonly waitSeconds: number
  /** Then a load is given up. */
  readonly loadSeconds: number
  /** Hears how long things took, in microseconds, and how many models are there. */
  readonly measure?: (metric: LoadingMetric, value: number) => void
}

/** Source: AWS's documentation of multi-model endpoints. */
export const residenceTimes = { waitSeconds: 60, loadSeconds: 360 } as const

interface Resident {
  readonly target: string
  state: 'loading' | 'waiting for room' | 'loaded' | 'leaving'
  /** Requests that use it or wait for it. */
  users: number
  ready: Promise<void>
}

/**
 * Which models the container holds. Whoever needs a model leases it: the first one has it loaded, those who come
 * meanwhile wait for the same load. Where the container has no room, the models that were not needed for the longest
 * time go. Nobody's model goes while it is leased.
 */
export class ResidentModels {
  readonly #options: ResidentModelsOptions
  /** The least recently used first. */
  #residents = new Map<string, Resident>()
  /** How many models have gone, ever. */
  #departures = 0
  readonly #changes = new EventEmitter().setMaxListeners(0)

  constructor(options: ResidentModelsOptions) {
    this.#options = options
  }

  /** Resolves at once where the model is there. Throws FrontRefusal and LoadFailure. */
  async lease(target: string): Promise<Disposable> {
    while (this.#residents.get(target)?.state === 'leaving') await once(this.#changes, 'change')
    const resident = this.#residents.get(target) ?? this.#begin(target)
    resident.users += 1
    // The most recently used stands last.
    this.#residents.delete(target)
    this.#residents.set(target, resident)
    const isThere = resident.state === 'loaded'
    this.#options.measure?.('ModelCacheHit', isThere ? 1 : 0)
    try {
      if (!isThere) await this.#timed('ModelLoadingWaitTime', () => this.#within(resident.ready, target))
    } catch (error) {
      this.#giveBack(resident)
      throw error
    }
    return { [Symbol.dispose]: () => this.#giveBack(resident) }
  }

  /** Whether the container holds the model, or is about to. */
  has(target: string): boolean {
    return this.#residents.has(target)
  }

  /** The container has lost all that it held, as when it was started anew. */
  forgetAll(): void {
    this.#residents = new Map()
    this.#tell()
  }

  #begin(target: string): Resident {
    const resident: Resident = { target, state: 'loading', users: 0, ready: Promise.resolve() }
    resident.ready = this.#load(resident).finally(() => this.#tell())
    // Who waits for it hears of its failure; where nobody waits any more it is nobody's.
    resident.ready.catch(() => undefined)
    return resident
  }

  async #load(resident: Resident): Promise<void> {
    const signal = AbortSignal.timeout(this.#options.loadSeconds * 1000)
    try {
      const { bring, load } = this.#options
      const directory = await this.#timed('ModelDownloadingTime', () => bring(resident.target, signal))
      for (;;) {
        const departures = this.#departures
        const answer = await this.#timed('ModelLoadingTime', () => load(resident.target, directory, signal))
        if (holds(answer)) break
        if (answer.status !== 507) throw new LoadFailure(answer)
        if (!(await this.#makeRoom(resident, departures, signal))) throw new LoadFailure(answer)
      }
      resident.state = 'loaded'
      this.#count()
    } catch (error) {
      this.#remove(resident)
      throw signal.aborted ? notReady(resident.target, error) : error
    }
  }

  /** Resolves when a model has gone since so many had; false where nothing more can go. */
  async #makeRoom(resident: Resident, departures: number, signal: AbortSignal): Promise<boolean> {
    resident.state = 'waiting for room'
    try {
      while (departures === this.#departures) {
        const others = [...this.#residents.values()].filter((one) => one !== resident)
        const idle = others.find(({ state, users }) => state === 'loaded' && users === 0)
        if (idle) {
          await this.#evict(idle)
          break
        }
        // All are in use: the next one that is given back goes. Who waits for room as well holds none.
        if (!others.some(({ state }) => state !== 'waiting for room')) return false
        await once(this.#changes, 'change', { signal })
      }
      return true
    } finally {
      resident.state = 'loading'
    }
  }

  async #evict(resident: Resident): Promise<void> {
    resident.state = 'leaving'
    try {
      await this.#timed('ModelUnloadingTime', () => this.#options.unload(resident.target))
      if (!this.#options.isCaching) await this.#options.discard(resident.target)
    } finally {
      this.#remove(resident)
      this.#departures += 1
      this.#count()
      this.#tell()
    }
  }

  #giveBack(resident: Resident): void {
    resident.users -= 1
    if (resident.users > 0 || resident.state !== 'loaded') return
    if (!this.#options.isCaching && this.#residents.get(resident.target) === resident) {
      // A container that cannot unload is asked again when it needs room.
      this.#evict(resident).catch(() => undefined)
    }
    this.#tell()
  }

  #remove(resident: Resident): void {
    if (this.#residents.get(resident.target) === resident) this.#residents.delete(resident.target)
  }

  async #timed<T>(metric: LoadingMetric, work: () => Promise<T>): Promise<T> {
    const started = performance.now()
    try {
      return await work()
    } finally {
      this.#options.measure?.(metric, (performance.now() - started) * 1000)
    }
  }

  #count(): void {
    const loaded = [...this.#residents.values()].filter(({ state }) => state === 'loaded')
    this.#options.measure?.('LoadedModelCount', loaded.length)
  }

  /** Wakes whoever waits for a change. */
  #tell(): void {
    this.#changes.emit('change')
  }

  async #within(ready: Promise<void>, target: string): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(notReady(target)), this.#options.waitSeconds * 1000)
    })
    try {
      await Promise.race([ready, late])
    } finally {
      clearTimeout(timer)
    }
  }
}

const notReady = (target: string, cause?: unknown): FrontRefusal =>
  new FrontRefusal(
    'ModelNotReadyException',
    `Model ${target} is not ready for inference yet. Please try your request again.`,
    { cause },
  )

/** It holds the model now: since just now, or, as it may be after it was started anew, since before. */
const holds = ({ status }: ContainerAnswer): boolean => status < 300 || status === 409
