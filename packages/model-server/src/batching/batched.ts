import { WorkCost } from '../prediction/work-cost.ts'
import type { RunOptions, Servable } from '../servable.ts'
import { invalidArgument } from '../status.ts'
import type { TensorMap } from '../tensor.ts'
import { BatchQueue, type Task } from './batch-queue.ts'
import { type BatchObserver, BatchScheduler, systemClock } from './batch-scheduler.ts'
import { pieceSizes, rowCount, rowKind } from './joining/plan.ts'
import { runBatch } from './joining/run-batch.ts'
import { splitTask } from './joining/split-task.ts'
import type { BatchingOptions } from './options.ts'

/**
 * The same servable, whose runs of one signature are joined along axis 0: right where rows do not influence each
 * other and runs change nothing, which is why the operator decides. Servables may share a scheduler's threads.
 */
export function batched(
  servable: Servable,
  options: BatchingOptions,
  scheduler: BatchScheduler = createBatchScheduler(options),
): Servable {
  const queues = new Map<string, BatchQueue>()
  const joinedCost = new WorkCost()
  const { shared } = servable
  return {
    ...servable,
    isBatched: true,
    ...(shared && { shared: { ...shared, batching: options } }),
    run,
    [Symbol.asyncDispose]: () => servable[Symbol.asyncDispose](),
  }

  /** One promise and no more: there are many of them. What is thrown in here rejects it. */
  function run(signature: string, inputs: TensorMap, runOptions: RunOptions = {}): Promise<TensorMap> {
    return new Promise((resolve, reject) => {
      const rows = rowCount(inputs)
      const { maxBatchSize } = options
      if (rows > maxBatchSize)
        throw invalidArgument(`Task size ${rows} is larger than maximum input batch size ${maxBatchSize}`)
      const { outputs, isAbandoned = never, clock, timeoutMillis } = runOptions
      const enqueuedMicros = scheduler.clock.nowMicros()
      // Without rows there is nothing to join, and nothing to fill a batch up with.
      if (rows === 0) resolve(servable.run(signature, inputs, runOptions))
      else
        enqueue(queueOf(signature, outputs), {
          inputs,
          rows,
          enqueuedMicros,
          isAbandoned,
          timeoutMillis,
          clock,
          resolve,
          reject,
        })
    })
  }

  function enqueue(queue: BatchQueue, task: Task): void {
    const kind = rowKind(task.inputs, options.padVariableLengthInputs)
    const { enableLargeBatchSplitting, maxExecutionBatchSize } = options
    const tasks = enableLargeBatchSplitting
      ? splitTask(task, pieceSizes(task.rows, queue.room(kind), maxExecutionBatchSize))
      : [task]
    queue.add(kind, tasks, task.enqueuedMicros)
    scheduler.wake(queue)
  }

  /** Joined runs have a cost of their own: the model's is that of one request. */
  function isLong(): boolean {
    return (joinedCost.expectedMicros ?? servable.cost.expectedMicros ?? longMicros) >= longMicros
  }

  async function measured(run: () => Promise<TensorMap>): Promise<TensorMap> {
    const started = scheduler.clock.nowMicros()
    const outputs = await run()
    joinedCost.observe(scheduler.clock.nowMicros() - started)
    return outputs
  }

  function queueOf(signature: string, outputs: readonly string[] | undefined): BatchQueue {
    const key = outputs ? JSON.stringify([signature, outputs]) : signature
    const known = queues.get(key)
    if (known) return known
    const run = (inputs: TensorMap, timeoutMillis: number | undefined) => {
      const limit = timeoutMillis === undefined ? {} : { timeoutMillis }
      const runOptions = { ...(outputs && { outputs }), ...limit, isLong: isLong() }
      return measured(() => servable.run(signature, inputs, runOptions))
    }
    const queue = new BatchQueue(options, (batch) => {
      // Clients choose the outputs: a queue lasts only as long as there is something in it.
      if (queue.isEmpty) queues.delete(key)
      const nowMicros = scheduler.clock.nowMicros()
      for (const { clock, enqueuedMicros } of batch.tasks) clock?.waited(nowMicros - enqueuedMicros)
      scheduler.observe?.(servable.id.model, batch, nowMicros)
      return runBatch(batch, { options, nowMicros, run })
    })
    queues.set(key, queue)
    return queue
  }
}

export const createBatchScheduler = (
  { batchThreads }: Pick<BatchingOptions, 'batchThreads'>,
  observe?: BatchObserver,
): BatchScheduler =>
  new BatchScheduler({ threads: batchThreads, clock: systemClock, ...(observe && { observe }) })

/** From here on a joined run goes to another thread, where it takes some 30 µs more and holds up nobody. */
const longMicros = 1000

const never = (): boolean => false
