import type { RunOptions, Servable } from '../servable.ts'
import { invalidArgument } from '../status.ts'
import type { Tensor, TensorMap } from '../tensor.ts'
import { BatchQueue, type Task } from './batch-queue.ts'
import { BatchScheduler, systemClock } from './batch-scheduler.ts'
import type { BatchingOptions } from './options.ts'
import { pieceSizes, rowCount, rowKind } from './plan.ts'
import { joinRows, sliceRows } from './rows.ts'
import { runBatch } from './run-batch.ts'

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
  const { shared } = servable
  return {
    ...servable,
    isBatched: true,
    ...(shared && { shared: { ...shared, batching: options } }),
    run,
    [Symbol.asyncDispose]: () => servable[Symbol.asyncDispose](),
  }

  async function run(signature: string, inputs: TensorMap, runOptions?: RunOptions): Promise<TensorMap> {
    const rows = rowCount(inputs)
    if (rows > options.maxBatchSize)
      throw invalidArgument(
        `Task size ${rows} is larger than maximum input batch size ${options.maxBatchSize}`,
      )
    // Nothing to join, and nothing to fill a batch up with.
    if (rows === 0) return servable.run(signature, inputs, runOptions)
    const queue = queueOf(signature, runOptions?.outputs)
    const kind = rowKind(inputs, options.padVariableLengthInputs)
    return enqueue(queue, kind, { inputs, rows, isAbandoned: runOptions?.isAbandoned ?? (() => false) })
  }

  function queueOf(signature: string, outputs: readonly string[] | undefined): BatchQueue {
    const key = outputs ? JSON.stringify([signature, outputs]) : signature
    const known = queues.get(key)
    if (known) return known
    const runOptions = outputs && { outputs }
    const queue = new BatchQueue(options, async (batch) => {
      // Clients choose the outputs: a queue lasts only as long as there is something in it.
      if (queue.isEmpty) queues.delete(key)
      const nowMicros = scheduler.clock.nowMicros()
      await runBatch(batch, {
        options,
        nowMicros,
        run: (inputs) => servable.run(signature, inputs, runOptions),
      })
    })
    queues.set(key, queue)
    return queue
  }

  async function enqueue(
    queue: BatchQueue,
    kind: string,
    request: Pick<Task, 'inputs' | 'rows' | 'isAbandoned'>,
  ): Promise<TensorMap> {
    const enqueuedMicros = scheduler.clock.nowMicros()
    const answers: Promise<TensorMap>[] = []
    const tasks = pieces(request, queue.room(kind)).map((piece): Task => {
      const { promise, resolve, reject } = withResolvers<TensorMap>()
      answers.push(promise)
      return { ...request, ...piece, enqueuedMicros, resolve, reject }
    })
    queue.add(kind, tasks, enqueuedMicros)
    scheduler.wake(queue)
    const [only] = answers
    return only && answers.length === 1 ? only : joinAnswers(await Promise.all(answers))
  }

  function pieces({ inputs, rows }: Pick<Task, 'inputs' | 'rows'>, roomNow: number) {
    if (!options.enableLargeBatchSplitting) return [{ inputs, rows }]
    const sizes = pieceSizes(rows, roomNow, options.maxExecutionBatchSize)
    if (sizes.length === 1) return [{ inputs, rows }]
    let from = 0
    return sizes.map((size) => {
      from += size
      return { inputs: sliceAll(inputs, from - size, from), rows: size }
    })
  }
}

export const createBatchScheduler = ({
  batchThreads,
}: Pick<BatchingOptions, 'batchThreads'>): BatchScheduler =>
  new BatchScheduler({ threads: batchThreads, clock: systemClock })

function sliceAll(inputs: TensorMap, from: number, to: number): TensorMap {
  return new Map([...inputs].map(([alias, tensor]) => [alias, sliceRows(tensor, from, to)]))
}

function joinAnswers(answers: readonly TensorMap[]): TensorMap {
  const joined = new Map<string, Tensor>()
  for (const alias of answers[0]?.keys() ?? []) {
    const tensors = answers.flatMap((outputs) => outputs.get(alias) ?? [])
    const rows = tensors.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0)
    joined.set(alias, joinRows(tensors, rows))
  }
  return joined
}

function withResolvers<T>() {
  let resolve: (value: T) => void = () => undefined
  let reject: (error: unknown) => void = () => undefined
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}
