import type { Signature } from '../../servable.ts'
import { invalidArgument } from '../../status.ts'
import { alignedData, elementCount, type NumericDType, type Tensor, type TensorMap } from '../../tensor.ts'
import { fromBfloat16 } from '../json/half.ts'

const descriptions: Readonly<Record<Exclude<NumericDType, 'bfloat16'>, string>> = {
  float16: '<f2',
  float32: '<f4',
  float64: '<f8',
  bool: '|b1',
  int8: '|i1',
  int16: '<i2',
  int32: '<i4',
  int64: '<i8',
  uint8: '|u1',
  uint16: '<u2',
  uint32: '<u4',
  uint64: '<u8',
  complex64: '<c8',
  complex128: '<c16',
}

/** Throws StatusError INVALID_ARGUMENT where the answer would be more than one array: before anything runs. */
export function checkOneOutput({ outputs }: Signature): void {
  if (outputs.size === 1) return
  throw invalidArgument(
    `application/x-npy carries one array, but the outputs are ${[...outputs.keys()].join(', ')}`,
  )
}

/**
 * The one output as `numpy.load` reads it, in format version 1.0. bfloat16, which NumPy does not know, becomes
 * float32; byte strings become NumPy's, as long as the longest. Throws StatusError INVALID_ARGUMENT.
 */
export function encodeNpy(outputs: TensorMap): Uint8Array {
  const [tensor, ...others] = outputs.values()
  if (tensor === undefined || others.length > 0) throw invalidArgument('application/x-npy carries one array')
  const { description, data } = arrayOf(tensor)
  return Buffer.concat([header(description, tensor.shape), data])
}

function arrayOf(tensor: Tensor): { readonly description: string; readonly data: Uint8Array } {
  if (tensor.dtype === 'string') return stringsOf(tensor.data)
  if (tensor.dtype !== 'bfloat16') return { description: descriptions[tensor.dtype], data: tensor.data }
  const bytes = alignedData(tensor)
  const words = new Uint16Array(bytes.buffer, bytes.byteOffset, elementCount(tensor.shape))
  return {
    description: descriptions.float32,
    data: new Uint8Array(Float32Array.from(words, fromBfloat16).buffer),
  }
}

function stringsOf(values: readonly Uint8Array[]) {
  const longestBytes = 256 * 1024 * 1024
  let width = 1
  for (const { length } of values) width = Math.max(width, length)
  if (width * values.length > longestBytes) {
    throw invalidArgument(`The strings would take more than ${longestBytes} bytes as an array`)
  }
  const data = new Uint8Array(width * values.length)
  for (const [index, value] of values.entries()) data.set(value, index * width)
  return { description: `|S${width}`, data }
}

/** Padded so that the array's bytes start at a multiple of 64. */
function header(description: string, shape: readonly number[]): Buffer {
  const sizes = shape.length === 1 ? `${shape.join()},` : shape.join(', ')
  const text = `{'descr': '${description}', 'fortran_order': False, 'shape': (${sizes}), }`
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10
  const prefix = Buffer.from('\x93NUMPY\x01\x00\0\0', 'latin1')
  prefix.writeUInt16LE(length, 8)
  return Buffer.concat([prefix, Buffer.from(`${text.padEnd(length - 1)}\n`, 'latin1')])
}
