import type { Loader, Servable } from '../servable.ts'
import { asStatusError, type StatusError } from '../status.ts'
import type { VersionState } from './version-policy.ts'

/** Holding a lease delays the unload of its version: dispose it, once, when the answer is made. */
export interface Lease extends Disposable {
  readonly servable: Servable
}

export interface RetryOptions {
  /** After the first failure. */
  readonly maxLoadRetries: number
  readonly retryMillis: number
}

/** One version on its way from START to END. Whoever drives it loads once and unloads once, in that order. */
export class ModelVersion {
  readonly loader: Loader
  state: VersionState = 'START'
  isAspired = true
  /** Why it ended, or why the last attempt to load it failed. */
  error: StatusError | undefined
  /** What was thrown, as it was thrown. */
  reason: unknown
  servable: Servable | undefined
  /** Wanted again after it was retired: loaded anew once it has ended. */
  successor: Loader | undefined
  private leases = 0
  private idle: (() => void) | undefined
  private readonly unwanted = new AbortController()

  constructor(loader: Loader) {
    this.loader = loader
  }

  get version(): number {
    return this.loader.id.version
  }

  /** Undefined where it is not available. */
  lease(): Lease | undefined {
    const { servable } = this
    if (!servable || this.state !== 'AVAILABLE') return undefined
    this.leases++
    return new HeldLease(servable, this.giveBack)
  }

  /** Ends what was never loaded and gives up further attempts; what is loaded stays until `unload`. */
  retire(): void {
    this.isAspired = false
    this.successor = undefined
    this.unwanted.abort()
    if (this.state === 'START') this.state = 'END'
  }

  /** Never rejects: the version is to become AVAILABLE, by `settle`, or to END with the error. */
  async load({ maxLoadRetries, retryMillis }: RetryOptions): Promise<void> {
    this.state = 'LOADING'
    for (let attempt = 0; ; attempt++) {
      try {
        this.servable = await this.loader.load()
        this.error = undefined
        return
      } catch (thrown) {
        this.reason = thrown
        this.error = asStatusError(thrown)
      }
      if (attempt >= maxLoadRetries || !(await waited(retryMillis, this.unwanted.signal))) return
    }
  }

  /** Shows what a load or an unload has come to, in the same turn as its driver takes note of it. */
  settle(): void {
    this.state = this.servable ? 'AVAILABLE' : 'END'
  }

  /** Resolves when the last lease is returned and the memory is free; an error of the release is kept. */
  async unload(): Promise<void> {
    this.state = 'UNLOADING'
    if (this.leases > 0) {
      await new Promise<void>((resolve) => {
        this.idle = resolve
      })
    }
    try {
      await this.servable?.[Symbol.asyncDispose]()
    } catch (thrown) {
      this.error = asStatusError(thrown)
    }
    this.servable = undefined
  }

  private readonly giveBack = (): void => {
    this.leases--
    if (this.leases === 0) this.idle?.()
  }
}

/** One for each request: a literal with that symbol in it costs V8 far more. */
class HeldLease implements Lease {
  readonly servable: Servable
  private readonly giveBack: () => void

  constructor(servable: Servable, giveBack: () => void) {
    this.servable = servable
    this.giveBack = giveBack
  }

  [Symbol.dispose](): void {
    this.giveBack()
  }
}

/** False where it was given up first. */
function waited(millis: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false)
  return new Promise((resolve) => {
    const done = (isOver: boolean): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', givenUp)
      resolve(isOver)
    }
    const givenUp = (): void => done(false)
    const timer = setTimeout(() => done(true), millis)
    signal.addEventListener('abort', givenUp)
  })
}
