import type { Batch, BatchQueue } from './batch-queue.ts'

/** Time as the scheduler sees it. */
export interface Clock {
  nowMicros(): number
  /** Once everything that can be read now has been. */
  atEndOfTurn(callback: () => void): void
  /** Returns what calls it off. */
  after(micros: number, callback: () => void): () => void
}

/** Timers of the event loop: a wait ends up to a millisecond late. */
export const systemClock: Clock = {
  nowMicros: () => performance.now() * 1000,
  atEndOfTurn: (callback) => void setImmediate(callback),
  after(micros, callback) {
    const timer = setTimeout(callback, Math.ceil(micros / 1000))
    return () => clearTimeout(timer)
  },
}

export interface SchedulerOptions {
  /** Batches that run at once, of all queues together. */
  readonly threads: number
  readonly clock: Clock
  readonly observe?: BatchObserver
}

/** Is told of each batch of a model when it begins to run. */
export type BatchObserver = (model: string, batch: Batch, nowMicros: number) => void

/** Runs what waits in queues, one batch of each in turn. A full batch runs at once, others at the end of the turn at the earliest. */
export class BatchScheduler {
  readonly clock: Clock
  readonly observe: BatchObserver | undefined
  private readonly threads: number
  /** Those that have something to run; the next in turn first. */
  private readonly queues: BatchQueue[] = []
  private running = 0
  private isWoken = false
  private callOff: (() => void) | undefined

  constructor({ threads, clock, observe }: SchedulerOptions) {
    this.observe = observe
    this.threads = threads
    this.clock = clock
  }

  /** To be told of a queue each time that something was put into it. */
  wake(queue: BatchQueue): void {
    if (!this.queues.includes(queue)) this.queues.push(queue)
    if (queue.hasFullBatch) this.dispatch()
    this.wakeAtEndOfTurn()
  }

  private wakeAtEndOfTurn(): void {
    if (this.isWoken || this.queues.length === 0) return
    this.isWoken = true
    this.clock.atEndOfTurn(() => {
      this.isWoken = false
      this.dispatch(this.clock.nowMicros())
      this.rearm()
    })
  }

  private dispatch(nowMicros?: number): void {
    for (let passed = 0; passed < this.queues.length && this.running < this.threads; ) {
      const queue = this.queues.shift()
      if (!queue) return
      const batch = queue.take(nowMicros)
      passed = batch ? 0 : passed + 1
      if (!queue.isEmpty) this.queues.push(queue)
      else if (!batch) passed--
      if (batch) this.run(queue.run(batch))
    }
  }

  private async run(run: Promise<void>): Promise<void> {
    this.running++
    try {
      await run
    } finally {
      this.running--
      this.dispatch()
      this.wakeAtEndOfTurn()
    }
  }

  /** With every thread busy nothing needs a timer: the end of a run looks again. */
  private rearm(): void {
    this.callOff?.()
    this.callOff = undefined
    if (this.running >= this.threads) return
    const times = this.queues.flatMap((queue) => queue.readyAtMicros ?? [])
    if (times.length === 0) return
    const wait = Math.max(Math.min(...times) - this.clock.nowMicros(), 0)
    this.callOff = this.clock.after(wait, () => {
      this.callOff = undefined
      this.wakeAtEndOfTurn()
    })
  }
}
