import { byteWidth, elementCount, type NumericTensor, type StringTensor, type Tensor } from '../../tensor.ts'

/** [a, ...s], [b, ...s], … → [rows, ...s]; rows beyond a + b + … repeat the first of the last tensor. */
export function joinRows(tensors: readonly Tensor[], rows: number): Tensor {
  const [first] = tensors
  if (!first) throw new RangeError('nothing to join')
  const shape = [rows, ...first.shape.slice(1)]
  return first.dtype === 'string'
    ? { dtype: 'string', shape, data: joinStrings(tensors as readonly StringTensor[], elementCount(shape)) }
    : { dtype: first.dtype, shape, data: joinBytes(tensors as readonly NumericTensor[], elementCount(shape)) }
}

/** [a + b + …, ...s] → [a, ...s], [b, ...s], …; rows beyond are left out. Numbers stay where they are. */
export function splitRows(tensor: Tensor, sizes: readonly number[]): Tensor[] {
  let from = 0
  return sizes.map((size) => {
    from += size
    return sliceRows(tensor, from - size, from)
  })
}

/** Rows from…to - 1. Numbers stay where they are. */
export function sliceRows(tensor: Tensor, from: number, to: number): Tensor {
  const shape = [to - from, ...tensor.shape.slice(1)]
  const rowElements = elementCount(tensor.shape.slice(1))
  if (tensor.dtype === 'string')
    return { dtype: 'string', shape, data: tensor.data.slice(from * rowElements, to * rowElements) }
  const rowBytes = rowElements * byteWidth[tensor.dtype]
  return { dtype: tensor.dtype, shape, data: tensor.data.subarray(from * rowBytes, to * rowBytes) }
}

/** The tensor in the corner of one of that shape, of the same rank; the rest is its own first element. */
export function padTo(tensor: Tensor, shape: readonly number[]): Tensor {
  if (tensor.shape.every((size, axis) => size === shape[axis])) return tensor
  const count = elementCount(shape)
  if (tensor.dtype === 'string') {
    const data = new Array<Uint8Array>(count).fill(tensor.data[0] ?? new Uint8Array(0))
    for (const run of lines(tensor.shape, shape))
      for (let index = 0; index < run.length; index++)
        data[run.to + index] = tensor.data[run.from + index] ?? new Uint8Array(0)
    return { dtype: 'string', shape, data }
  }
  const width = byteWidth[tensor.dtype]
  const source = tensor.data
  const data = new Uint8Array(count * width)
  if (source.length > 0)
    for (let at = 0; at < data.length; at += width) data.set(source.subarray(0, width), at)
  for (const { from, to, length } of lines(tensor.shape, shape))
    data.set(source.subarray(from * width, (from + length) * width), to * width)
  return { dtype: tensor.dtype, shape, data }
}

/** Where each line along the last axis of the small shape lies in both, in elements. */
function* lines(small: readonly number[], large: readonly number[]) {
  const length = small.at(-1) ?? 1
  const outer = small.slice(0, -1)
  const count = length === 0 ? 0 : elementCount(outer)
  for (let line = 0; line < count; line++) {
    let [rest, to, stride] = [line, 0, large.at(-1) ?? 1]
    for (let axis = outer.length - 1; axis >= 0; axis--) {
      const size = outer[axis] ?? 1
      to += (rest % size) * stride
      rest = Math.floor(rest / size)
      stride *= large[axis] ?? 1
    }
    yield { from: line * length, to, length }
  }
}

function joinBytes(tensors: readonly NumericTensor[], elements: number): Uint8Array {
  const last = tensors.at(-1)
  const width = last ? byteWidth[last.dtype] : 1
  const data = Buffer.allocUnsafe(elements * width)
  let at = 0
  for (const tensor of tensors) {
    data.set(tensor.data, at)
    at += tensor.data.length
  }
  const rowBytes = last ? elementCount(last.shape.slice(1)) * width : 0
  const row = last?.data.subarray(0, rowBytes)
  if (row && rowBytes > 0) for (; at < data.length; at += rowBytes) data.set(row, at)
  return data
}

function joinStrings(tensors: readonly StringTensor[], elements: number): Uint8Array[] {
  const data = tensors.flatMap((tensor) => tensor.data)
  const last = tensors.at(-1)
  const row = last?.data.slice(0, elementCount(last.shape.slice(1))) ?? []
  while (row.length > 0 && data.length < elements) data.push(...row)
  return data
}
