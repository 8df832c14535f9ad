import { StatusError } from '../../status.ts'
import type { Tensor, TensorMap } from '../../tensor.ts'
import type { Batch, Task } from '../batch-queue.ts'
import type { BatchingOptions } from '../options.ts'
import { checkOutputRows, largestShape, paddedRowCount } from './plan.ts'
import { joinRows, padTo, splitRows } from './rows.ts'

export interface BatchRun {
  readonly options: BatchingOptions
  readonly nowMicros: number
  /** Runs tensors as they are. */
  readonly run: (inputs: TensorMap, timeoutMillis: number | undefined) => Promise<TensorMap>
}

/** Settles every task of the batch; never rejects. Where the joined run fails, each task runs alone and gets its own answer. */
export async function runBatch(batch: Batch, how: BatchRun): Promise<void> {
  const tasks = batch.tasks.filter((task) => isStillWanted(task, how))
  if (tasks.length === 0) return
  const outcome = await runJoined(tasks, how).catch((error: unknown) => ({ error }))
  if (!('error' in outcome)) {
    for (const [index, task] of tasks.entries()) task.resolve(outcome.answers[index] ?? new Map())
    return
  }
  if (tasks.length === 1 || outcome.error instanceof UnfitOutputs) {
    const error = outcome.error instanceof UnfitOutputs ? outcome.error.status : outcome.error
    for (const task of tasks) task.reject(error)
    return
  }
  for (const task of tasks) await runBatch({ ...batch, tasks: [task] }, how)
}

/** The model's own fault, whatever the requests: running them one by one would not mend it. */
class UnfitOutputs extends Error {
  readonly status: unknown
  constructor(status: unknown) {
    super('outputs do not fit the batch')
    this.status = status
  }
}

function isStillWanted(task: Task, { options, nowMicros }: BatchRun): boolean {
  const refusal = refusalOf(task, options.queueTimeoutMillis, nowMicros)
  if (refusal) task.reject(refusal)
  return refusal === undefined
}

function refusalOf(task: Task, usualMillis: number, nowMicros: number): StatusError | undefined {
  const timeoutMillis = task.timeoutMillis ?? usualMillis
  if (task.isAbandoned()) return new StatusError('CANCELLED', 'The client went away')
  if (timeoutMillis === 0 || nowMicros - task.enqueuedMicros < timeoutMillis * 1000) return undefined
  return new StatusError('RESOURCE_EXHAUSTED', 'Run() timeout exceeded while waiting in batching queue')
}

async function runJoined(
  tasks: readonly Task[],
  { options, run }: BatchRun,
): Promise<{ answers: TensorMap[] }> {
  const sizes = tasks.map(({ rows }) => rows)
  const rows = sizes.reduce((sum, size) => sum + size, 0)
  const ranRows = paddedRowCount(rows, options.allowedBatchSizes)
  const [only] = tasks
  const isPlain = tasks.length === 1 && ranRows === rows
  const outputs = await run(only && isPlain ? only.inputs : joinInputs(tasks, ranRows), longest(tasks))
  try {
    checkOutputRows(outputs, ranRows)
  } catch (error) {
    throw new UnfitOutputs(error)
  }
  return { answers: isPlain ? [outputs] : splitOutputs(outputs, sizes) }
}

/** Nobody's run ends before its time. */
function longest(tasks: readonly Task[]): number | undefined {
  const limits = tasks.map(({ timeoutMillis }) => timeoutMillis)
  if (limits.includes(0)) return 0
  return limits.includes(undefined) ? undefined : Math.max(...limits.map((limit) => limit ?? 0))
}

function joinInputs(tasks: readonly Task[], rows: number): TensorMap {
  const joined = new Map<string, Tensor>()
  for (const alias of tasks[0]?.inputs.keys() ?? []) {
    const tensors: Tensor[] = []
    for (const { inputs } of tasks) {
      const tensor = inputs.get(alias)
      if (tensor) tensors.push(tensor)
    }
    joined.set(alias, joinRows(sameRowShape(tensors), rows))
  }
  return joined
}

/** Tensors of one batch differ in shape only where padding is on. */
function sameRowShape(tensors: readonly Tensor[]): readonly Tensor[] {
  const [, ...row] = largestShape(tensors.map(({ shape }) => shape))
  return tensors.map((tensor) => padTo(tensor, [tensor.shape[0] ?? 0, ...row]))
}

function splitOutputs(outputs: TensorMap, sizes: readonly number[]): TensorMap[] {
  const answers = sizes.map(() => new Map<string, Tensor>())
  for (const [alias, tensor] of outputs)
    for (const [index, part] of splitRows(tensor, sizes).entries()) answers[index]?.set(alias, part)
  return answers
}
