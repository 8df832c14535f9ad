import { HandlerThread, type HandlerThreadOptions } from './handler-thread.ts'
import type { HandlerStyle } from './messages.ts'
import type { Step, StepEnd } from './step.ts'

export interface ThreadPoolOptions extends HandlerThreadOptions {
  readonly threads: number
  /** Longest time to load the code. */
  readonly loadMillis: number
  /** Longest time of one function. */
  readonly handlerMillis: number
  /** Longest time from the request to the answer. */
  readonly answerMillis: number
}

export interface ThreadPool extends AsyncDisposable {
  readonly style: HandlerStyle
  run(step: Step): void
}

/** Behind a function that has run for so long, nothing waits any more: another thread takes it. */
const stuckMillis = 2_000
const tooSlow = 'ended because a function ran too long'
/** Between two attempts to start a thread that does not come up; doubled each time. */
const restartMillis = { first: 100, longest: 5_000 }

/**
 * Threads that run user code, each many requests at once as far as the code is async. A thread that a function has
 * brought down or holds too long is replaced; what it had not begun goes to the others.
 * Rejects with the reason why the code cannot be loaded.
 */
export async function startThreadPool(options: ThreadPoolOptions, signal: AbortSignal): Promise<ThreadPool> {
  const pool = new Pool(options)
  const stop = (): void => void pool[Symbol.asyncDispose]()
  signal.addEventListener('abort', stop, { once: true })
  try {
    const style = await pool.start(signal)
    return { style, run: (step) => pool.run(step), [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose]() }
  } catch (error) {
    await pool[Symbol.asyncDispose]()
    throw error
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

class Pool implements AsyncDisposable {
  private readonly options: ThreadPoolOptions
  /** Take steps. */
  private readonly serving: HandlerThread[] = []
  /** End what they have begun. */
  private readonly leaving = new Set<HandlerThread>()
  private readonly starting = new Set<HandlerThread>()
  private waiting: Step[] = []
  private restart: NodeJS.Timeout | undefined
  private failedStarts = 0
  private clock: NodeJS.Timeout | undefined
  private isClosed = false

  constructor(options: ThreadPoolOptions) {
    this.options = options
  }

  async start(signal: AbortSignal): Promise<HandlerStyle> {
    const styles = await Promise.all(Array.from({ length: this.options.threads }, () => this.addThread()))
    signal.throwIfAborted()
    return styles[0] ?? 'single'
  }

  run(step: Step): void {
    if (this.isClosed) {
      step.settle({ kind: 'lost', reason: 'ended with the server' })
      return
    }
    const thread = this.threadFor(step)
    if (thread) thread.send(step, performance.now())
    else this.waiting.push(step)
    this.clock ??= setTimeout(() => this.look(), this.lookMillis())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isClosed = true
    clearTimeout(this.restart)
    clearTimeout(this.clock)
    for (const step of this.waiting.splice(0)) step.settle({ kind: 'lost', reason: 'ended with the server' })
    const threads = [...this.serving, ...this.leaving, ...this.starting]
    await Promise.all(threads.map((thread) => thread[Symbol.asyncDispose]()))
  }

  /** The one that keeps the request's context, otherwise the least busy. */
  private threadFor({ given }: Step): HandlerThread | undefined {
    let best = this.serving[0]
    for (const thread of this.serving) {
      if (given.kind === 'output' && given.input?.thread === thread) return thread
    }
    for (const thread of this.serving) {
      if (best && thread.stepsUnderWay < best.stepsUnderWay) best = thread
    }
    return best
  }

  /** Rejects with the reason why the thread cannot serve. */
  private async addThread(): Promise<HandlerStyle> {
    const thread = new HandlerThread(this.options)
    this.starting.add(thread)
    const { loadMillis } = this.options
    const late = setTimeout(() => void thread.end(`was not loaded within ${loadMillis / 1000} s`), loadMillis)
    try {
      const style = await thread.ready
      this.serving.push(thread)
      void thread.ended.then((reason) => this.onEnd(thread, reason))
      for (const step of this.waiting.splice(0)) this.run(step)
      return style
    } finally {
      clearTimeout(late)
      this.starting.delete(thread)
    }
  }

  private onEnd(thread: HandlerThread, reason: string): void {
    this.leaving.delete(thread)
    const index = this.serving.indexOf(thread)
    if (index >= 0) this.serving.splice(index, 1)
    for (const step of thread.withdraw()) this.run(step)
    thread.settleAll({ kind: 'lost', reason })
    this.fill()
  }

  /** Starts what is missing. */
  private fill(): void {
    if (this.isClosed || this.restart) return
    if (this.serving.length + this.starting.size >= this.options.threads) return
    this.addThread().then(
      () => {
        this.failedStarts = 0
        this.fill()
      },
      (error: Error) => this.onFailedStart(error.message),
    )
  }

  /** The code has been loaded before: it may work again, but nobody waits for that. */
  private onFailedStart(reason: string): void {
    if (this.isClosed) return
    this.options.log(`handlers: ${reason}`)
    if (this.serving.length === 0) {
      for (const step of this.waiting.splice(0)) step.settle({ kind: 'lost', reason })
    }
    const delay = Math.min(restartMillis.first * 2 ** this.failedStarts++, restartMillis.longest)
    this.restart = setTimeout(() => {
      this.restart = undefined
      this.fill()
    }, delay)
    this.restart.unref()
  }

  private lookMillis(): number {
    return Math.min(Math.max(this.options.handlerMillis / 20, 5), 250)
  }

  /** Ends what takes too long, and takes away what waits behind it. */
  private look(): void {
    this.clock = undefined
    const now = performance.now()
    this.waiting = this.waiting.filter((step) => {
      const isLate = step.isAbandoned() || now - step.cameAt > this.options.answerMillis
      if (isLate) step.settle({ kind: 'too slow', limit: 'answer' })
      return !isLate
    })
    for (const thread of [...this.serving, ...this.leaving]) this.lookAt(thread, now)
    const isBusy = [...this.serving, ...this.leaving].some((thread) => thread.stepsUnderWay > 0)
    if (isBusy || this.waiting.length > 0) this.clock = setTimeout(() => this.look(), this.lookMillis())
  }

  private lookAt(thread: HandlerThread, now: number): void {
    const { handlerMillis, answerMillis } = this.options
    const isAnyLate = thread.expire(now, (step, runMillis): StepEnd | undefined => {
      if (runMillis > handlerMillis) return { kind: 'too slow', limit: 'handler' }
      return now - step.cameAt > answerMillis ? { kind: 'too slow', limit: 'answer' } : undefined
    })
    const waitingSince = thread.waitingSince() ?? now
    const isStuck =
      now - waitingSince > Math.min(stuckMillis, handlerMillis / 2) &&
      this.leaving.size < this.options.threads
    if ((isAnyLate || isStuck) && this.serving.includes(thread)) this.retire(thread)
    if (this.leaving.has(thread) && thread.stepsUnderWay === 0) void thread.end(tooSlow)
  }

  private retire(thread: HandlerThread): void {
    this.serving.splice(this.serving.indexOf(thread), 1)
    this.leaving.add(thread)
    for (const step of thread.withdraw()) this.run(step)
    this.fill()
  }
}
