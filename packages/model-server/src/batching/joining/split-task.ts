import type { Tensor, TensorMap } from '../../tensor.ts'
import type { Task } from '../batch-queue.ts'
import { joinRows, sliceRows } from './rows.ts'

/** The task in pieces of so many rows, whose answers are put together for it; the first failure is the task's. */
export function splitTask(task: Task, sizes: readonly number[]): readonly Task[] {
  if (sizes.length === 1) return [task]
  const answers: TensorMap[] = []
  let left = sizes.length
  let from = 0
  return sizes.map((rows, index) => {
    from += rows
    return {
      ...task,
      rows,
      inputs: sliceAll(task.inputs, from - rows, from),
      resolve: (outputs) => {
        answers[index] = outputs
        left--
        if (left === 0) task.resolve(joinAnswers(answers))
      },
    }
  })
}

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
