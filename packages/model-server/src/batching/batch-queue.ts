import type { RequestClock } from '../metrics/request-clock.ts'
import { StatusError } from '../status.ts'
import type { TensorMap } from '../tensor.ts'

/** Rows of one caller, on their way into a batch. */
export interface Task {
  readonly inputs: TensorMap
  readonly rows: number
  readonly enqueuedMicros: number
  /** True once nobody waits for the answer. */
  readonly isAbandoned: () => boolean
  /** Longest wait, and longest run; 0: as long as it takes. Absent: what is set for the queue and the model. */
  readonly timeoutMillis?: number | undefined
  readonly clock?: RequestClock | undefined
  readonly resolve: (outputs: TensorMap) => void
  readonly reject: (error: unknown) => void
}

export interface Batch {
  readonly kind: string
  readonly tasks: Task[]
  rows: number
  readonly openedMicros: number
  /** Nothing joins it any more. */
  isClosed: boolean
}

export interface QueueLimits {
  readonly maxExecutionBatchSize: number
  readonly maxEnqueuedBatches: number
  readonly batchTimeoutMicros: number
}

/** Batches of one signature that wait for a thread, oldest first. Tasks of one kind join the youngest batch of it that has room. */
export class BatchQueue {
  private readonly limits: QueueLimits
  private readonly batches: Batch[] = []
  readonly run: (batch: Batch) => Promise<void>

  constructor(limits: QueueLimits, run: (batch: Batch) => Promise<void>) {
    this.limits = limits
    this.run = run
  }

  get isEmpty(): boolean {
    return this.batches.length === 0
  }

  get hasFullBatch(): boolean {
    return this.batches.some((batch) => batch.isClosed)
  }

  /** Rows that the batch being filled with that kind can still take. */
  room(kind: string): number {
    const batch = this.open(kind)
    return batch ? this.limits.maxExecutionBatchSize - batch.rows : 0
  }

  /** All or none: tasks of that kind, each at most as large as a batch. Throws StatusError UNAVAILABLE where the queue is full. */
  add(kind: string, tasks: readonly Task[], nowMicros: number): void {
    const [first] = tasks
    const joins = first !== undefined && first.rows <= this.room(kind) ? 1 : 0
    const enqueued = this.batches.length
    const { maxEnqueuedBatches } = this.limits
    if (enqueued + tasks.length - joins > maxEnqueuedBatches) {
      const reason = `currently ${enqueued} batches enqueued and max_enqueued_batches is ${maxEnqueuedBatches}`
      const what = 'The batch scheduling queue to which this task was submitted is full'
      throw new StatusError('UNAVAILABLE', `${what}; ${reason}`)
    }
    for (const task of tasks) this.place(kind, task, nowMicros)
  }

  /** Takes the oldest batch that is full or, where a time is given, has waited long enough by then. */
  take(nowMicros?: number): Batch | undefined {
    const index = this.batches.findIndex(
      (batch) => batch.isClosed || (nowMicros !== undefined && this.readyAt(batch) <= nowMicros),
    )
    const [batch] = index < 0 ? [] : this.batches.splice(index, 1)
    return batch
  }

  /** When the first batch will have waited long enough; undefined without one. */
  get readyAtMicros(): number | undefined {
    const [batch] = this.batches
    return batch && this.readyAt(batch)
  }

  private readyAt(batch: Batch): number {
    return batch.isClosed ? batch.openedMicros : batch.openedMicros + this.limits.batchTimeoutMicros
  }

  private open(kind: string): Batch | undefined {
    return this.batches.findLast((batch) => !batch.isClosed && batch.kind === kind)
  }

  private place(kind: string, task: Task, openedMicros: number): void {
    const open = this.open(kind)
    const limit = this.limits.maxExecutionBatchSize
    let batch = open
    if (!batch || batch.rows + task.rows > limit) {
      if (open) open.isClosed = true
      batch = { kind, tasks: [], rows: 0, openedMicros, isClosed: false }
      this.batches.push(batch)
    }
    batch.tasks.push(task)
    batch.rows += task.rows
    if (batch.rows >= limit) batch.isClosed = true
  }
}
