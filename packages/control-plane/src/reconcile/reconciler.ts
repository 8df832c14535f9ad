import type { Life, Wait } from './life.ts'

export interface ReconcilerOptions {
  readonly clock: () => Date
  readonly log: (line: string) => void
  /** Names of records to look at for reasons outside of the collection, such as a group of hosts that changed. */
  readonly hints: (signal: AbortSignal) => AsyncIterable<string>
  /** Every unsettled record is looked at this often, in case a hint was lost. */
  readonly tickSeconds?: number
}

/** Steps without a wait in between: more means that a life does not settle. */
const STEPS_AT_ONCE = 50
const LONGEST_BACKOFF_SECONDS = 30
const LONGEST_TIMER_MILLISECONDS = 2 ** 31 - 1

/** Drives every record of one kind to where it shall be: looks, decides, acts, looks again. One record's steps never overlap. */
export class Reconciler<T extends { readonly name: string }, Seen, Step extends { readonly do: string }>
  implements AsyncDisposable
{
  readonly #life: Life<T, Seen, Step>
  readonly #options: ReconcilerOptions
  readonly #closing = new AbortController()
  readonly #unsettled = new Set<string>()
  readonly #rounds = new Map<string, { again: boolean; readonly done: Promise<void> }>()
  readonly #timers = new Map<string, NodeJS.Timeout>()
  readonly #failures = new Map<string, number>()
  readonly #tick: NodeJS.Timeout
  readonly #followers: Promise<unknown>
  #hasResumed = false

  /** Begins at once, with every unsettled record, the oldest first. */
  constructor(life: Life<T, Seen, Step>, options: ReconcilerOptions) {
    this.#life = life
    this.#options = options
    const { signal } = this.#closing
    const feeds = [life.records.changes(signal), options.hints(signal)]
    this.#tick = setInterval(() => this.#lookAtAll(), (options.tickSeconds ?? 30) * 1000)
    this.#tick.unref()
    this.#followers = Promise.all([...feeds.map((feed) => this.#follow(feed)), this.#resume()])
  }

  /** Ends what is under way, does not begin anything new. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort()
    clearInterval(this.#tick)
    for (const timer of this.#timers.values()) clearTimeout(timer)
    await this.#followers
    await Promise.all([...this.#rounds.values()].map((round) => round.done))
  }

  async #follow(feed: AsyncIterable<string>): Promise<void> {
    try {
      for await (const name of feed) if (!this.#failures.has(name)) this.#look(name)
    } catch (error) {
      // Hints may get lost: the tick looks all the same.
      this.#options.log(`${this.#life.kind}s: hints have ended: ${told(error)}`)
    }
  }

  async #resume(): Promise<void> {
    try {
      for (const record of await this.#found()) await this.#look(record.name)
      this.#hasResumed = true
    } catch (error) {
      this.#options.log(`${this.#life.kind}s: the records cannot be listed: ${told(error)}`)
    }
  }

  async #found(): Promise<readonly T[]> {
    const found: T[] = []
    for (let after: string | undefined; ; ) {
      const page = await this.#life.records.list({ limit: 500, ...(after === undefined ? {} : { after }) })
      found.push(...page.map((stored) => stored.value).filter((record) => !this.#life.settled(record)))
      after = page.at(-1)?.value.name
      if (after === undefined) break
    }
    return found.sort((a, b) => this.#life.age(a).getTime() - this.#life.age(b).getTime())
  }

  #lookAtAll(): void {
    if (!this.#hasResumed) void this.#resume()
    for (const name of this.#unsettled) if (!this.#failures.has(name)) this.#look(name)
  }

  #look(name: string): Promise<void> {
    const running = this.#rounds.get(name)
    if (running) {
      running.again = true
      return running.done
    }
    if (this.#closing.signal.aborted) return Promise.resolve()
    const round = { again: true, done: Promise.resolve() }
    this.#rounds.set(name, round)
    round.done = this.#round(name, round)
    return round.done
  }

  async #round(name: string, round: { again: boolean }): Promise<void> {
    while (round.again && !this.#closing.signal.aborted) {
      round.again = false
      clearTimeout(this.#timers.get(name))
      this.#timers.delete(name)
      try {
        await this.#advance(name)
        this.#failures.delete(name)
      } catch (error) {
        this.#retryLater(name, error)
        break
      }
    }
    this.#rounds.delete(name)
  }

  async #advance(name: string): Promise<void> {
    const { signal } = this.#closing
    for (let steps = 0; steps < STEPS_AT_ONCE; steps++) {
      const record = (await this.#life.records.get(name))?.value
      if (!record || this.#life.settled(record)) {
        this.#unsettled.delete(name)
        return
      }
      this.#unsettled.add(name)
      const step = this.#life.nextStep(record, await this.#life.inspect(record), this.#options.clock())
      const after = isWait(step) || signal.aborted ? step : await this.#life.act(record, step, signal)
      if (after === 'moved') continue
      if (after !== 'blocked' && isWait(after) && after.until) this.#lookAt(name, after.until)
      return
    }
    throw new Error(`still moving after ${STEPS_AT_ONCE} steps`)
  }

  #lookAt(name: string, moment: Date): void {
    const milliseconds = moment.getTime() - this.#options.clock().getTime()
    this.#lookIn(name, Math.min(Math.max(milliseconds, 0), LONGEST_TIMER_MILLISECONDS))
  }

  #lookIn(name: string, milliseconds: number): void {
    if (this.#closing.signal.aborted) return
    clearTimeout(this.#timers.get(name))
    this.#timers.set(name, setTimeout(() => this.#look(name), milliseconds).unref())
  }

  #retryLater(name: string, error: unknown): void {
    if (this.#closing.signal.aborted) return
    const failures = (this.#failures.get(name) ?? 0) + 1
    this.#failures.set(name, failures)
    const seconds = Math.min(2 ** (failures - 1), LONGEST_BACKOFF_SECONDS)
    this.#options.log(`${this.#life.kind} ${name}: trying again in ${seconds} s: ${told(error)}`)
    this.#lookIn(name, seconds * 1000)
  }
}

const told = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error))

function isWait(step: { readonly do: string }): step is Wait {
  return step.do === 'wait'
}
