import { invalidArgument, StatusError } from '../../status.ts'
import type { TensorMap } from '../../tensor.ts'

/** Rows of a request: the size of every input's first axis. Throws StatusError INVALID_ARGUMENT with TensorFlow Serving's texts. */
export function rowCount(inputs: TensorMap): number {
  let rows: number | undefined
  for (const { shape } of inputs.values()) {
    const [size] = shape
    if (size === undefined)
      throw invalidArgument('Batching Run() input tensors must have at least one dimension')
    if (rows !== undefined && rows !== size)
      throw invalidArgument('Batching Run() input tensors must have equal 0th-dimension size')
    rows = size
  }
  return rows ?? 0
}

/** TensorFlow Serving's own limit for tensors that are filled up. */
const maxPaddedRank = 6

/**
 * Requests with the same kind can be joined: the same inputs, and rows of the same shape, or only of the same rank
 * where shorter ones are filled up.
 */
export function rowKind(inputs: TensorMap, padVariableLength: boolean): string {
  let kind = ''
  for (const [alias, { dtype, shape }] of inputs) {
    kind += `${alias}:${dtype}`
    const isPadded = padVariableLength && shape.length <= maxPaddedRank
    for (let axis = 1; axis < shape.length; axis++) kind += isPadded ? ',' : `,${shape[axis]}`
    kind += ';'
  }
  return kind
}

/** Rows that a batch of so many is run with. */
export const paddedRowCount = (rows: number, allowed: readonly number[]): number =>
  allowed.find((size) => size >= rows) ?? rows

/** How a request is cut: what fits into the batch that is being filled, then whole batches, then the rest. */
export function pieceSizes(rows: number, roomNow: number, largestBatch: number): readonly number[] {
  const sizes: number[] = []
  for (let left = rows; left > 0; left -= sizes.at(-1) ?? left) {
    const room = sizes.length === 0 && roomNow > 0 ? roomNow : largestBatch
    sizes.push(Math.min(left, room))
  }
  return sizes
}

/** Axis by axis the largest size; all shapes have the same rank. */
export function largestShape(shapes: readonly (readonly number[])[]): readonly number[] {
  const [first = []] = shapes
  return first.map((_, axis) => Math.max(...shapes.map((shape) => shape[axis] ?? 0)))
}

/** Throws StatusError FAILED_PRECONDITION for outputs that cannot be given back to the rows they belong to. */
export function checkOutputRows(outputs: TensorMap, rows: number): void {
  for (const { shape } of outputs.values()) {
    const [size] = shape
    if (size === rows) continue
    const reason =
      size === undefined
        ? 'Batched output tensor has 0 dimensions'
        : "Batched output tensor's 0th dimension does not equal the sum of the 0th dimension sizes of the input tensors"
    throw new StatusError('FAILED_PRECONDITION', reason)
  }
}
