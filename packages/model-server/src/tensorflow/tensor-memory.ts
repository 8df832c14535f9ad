import { dataTypeCode, dataTypeOf } from '../data-types.ts'
import { StatusError } from '../status.ts'
import { elementCount, type Tensor } from '../tensor.ts'
import { type Address, addressOf, type Library } from './library.ts'

/** TF_TString: 24 bytes in every version of the C API so far; only the accessors look inside. */
const stringBytes = 24

/** TensorFlow's own limit. */
const maxRank = 254
/** One int64 each, low word first: kept, because nothing here waits. */
const dimensions = new Uint32Array(new ArrayBuffer(maxRank * 8))
const dimensionsAddress = addressOf(new Uint8Array(dimensions.buffer))

/** Allocates a TF_Tensor and copies the tensor into it. The caller deletes it, once. */
export function toNative(library: Library, tensor: Tensor): Address {
  const { shape } = tensor
  const byteCount = tensor.dtype === 'string' ? tensor.data.length * stringBytes : tensor.data.length
  if (shape.length > maxRank) throw new StatusError('INVALID_ARGUMENT', `a tensor of rank ${shape.length}`)
  for (let axis = 0; axis < shape.length; axis++) writeDimension(axis, shape[axis] ?? 0)
  const native = library.TF_AllocateTensor(
    dataTypeCode(tensor.dtype),
    dimensionsAddress,
    shape.length,
    byteCount,
  )
  if (!native) throw new StatusError('RESOURCE_EXHAUSTED', `cannot allocate a tensor of ${byteCount} bytes`)
  const target = library.TF_TensorData(native)
  if (tensor.dtype === 'string') writeStrings(library, target, tensor.data)
  else if (byteCount > 0) library.copyIn(target, tensor.data, byteCount)
  return native
}

/** Copies a TF_Tensor out. Throws StatusError UNIMPLEMENTED for a type that no Tensor carries. */
export function fromNative(library: Library, native: Address): Tensor {
  const { dtype, name } = dataTypeOf(library.TF_TensorType(native))
  if (dtype === undefined) throw new StatusError('UNIMPLEMENTED', `Tensors of type ${name} are not supported`)
  const rank = library.TF_NumDims(native)
  const shape: number[] = []
  for (let axis = 0; axis < rank; axis++) shape.push(library.TF_Dim(native, axis))
  const source = library.TF_TensorData(native)
  if (dtype === 'string') return { dtype, shape, data: readStrings(library, source, elementCount(shape)) }
  const data = Buffer.allocUnsafe(library.TF_TensorByteSize(native))
  if (data.length > 0) library.copyOut(data, source, data.length)
  return { dtype, shape, data }
}

function writeDimension(axis: number, size: number): void {
  dimensions[axis * 2] = size
  dimensions[axis * 2 + 1] = Math.floor(size / 2 ** 32)
}

function writeStrings(library: Library, target: Address, strings: readonly Uint8Array[]): void {
  for (let index = 0; index < strings.length; index++) library.TF_StringInit(target + index * stringBytes)
  for (const [index, bytes] of strings.entries()) {
    library.TF_StringCopy(target + index * stringBytes, bytes, bytes.length)
  }
}

function readStrings(library: Library, source: Address, count: number): Uint8Array[] {
  const strings: Uint8Array[] = []
  for (let index = 0; index < count; index++) {
    const cell = source + index * stringBytes
    const bytes = Buffer.allocUnsafe(library.TF_StringGetSize(cell))
    if (bytes.length > 0) library.copyOut(bytes, library.TF_StringGetDataPointer(cell), bytes.length)
    strings.push(bytes)
  }
  return strings
}
