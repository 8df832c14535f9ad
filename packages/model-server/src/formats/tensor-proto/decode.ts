import { dataTypeOf } from '../../data-types.ts'
import { invalidArgument, type StatusError } from '../../status.ts'
import { byteWidth, type DType, elementCount, type NumericDType, type Tensor } from '../../tensor.ts'
import { ProtobufError, ProtobufReader } from '../protobuf.ts'
import { plainWidths, valueFields } from './value-fields.ts'

/**
 * A few bytes may stand for many equal elements: no more of them than this, or than eight times what was sent. Whoever
 * sends them pays for nothing, and the answer is as large as they are.
 */
const expandedLimitBytes = 16 * 1024 ** 2
/** What a string takes beside its text. */
const stringBytes = 64
const maxRank = 254

/**
 * tensorflow.TensorProto { dtype 1, tensor_shape 2, tensor_content 4, one list of values per kind of type }. Fewer
 * values than elements: the last one repeats; none at all: zeros. Contents of numbers are views of `bytes`.
 * Throws StatusError INVALID_ARGUMENT, ProtobufError.
 */
export function decodeTensor(bytes: Uint8Array): Tensor {
  const { typeCode, shape, content } = readHead(bytes)
  const { dtype, name } = dataTypeOf(typeCode)
  if (dtype === undefined || typeCode > 100) throw invalidArgument(`tensor parsing error: type ${name}`)
  const count = elementCount(shape)
  if (dtype === 'string') {
    const data = strings(bytes, content, count)
    if (data === undefined) throw wrong(dtype, shape)
    return { dtype, shape, data }
  }
  const byteCount = count * byteWidth[dtype]
  if (content.length > 0) {
    if (content.length !== byteCount) throw wrong(dtype, shape)
    return { dtype, shape, data: content }
  }
  if (byteCount > expandableBytes(bytes)) throw wrong(dtype, shape)
  return { dtype, shape, data: numbers(bytes, dtype, byteCount) }
}

const expandableBytes = ({ length }: Uint8Array): number => Math.max(expandedLimitBytes, length * 8)

const wrong = (dtype: DType, shape: readonly number[]): StatusError =>
  invalidArgument(`tensor parsing error: ${dtype} values do not fit the shape [${shape.join(',')}]`)

function readHead(bytes: Uint8Array) {
  const reader = new ProtobufReader(bytes)
  let typeCode = 0
  let shape: number[] = []
  let content = new Uint8Array(0)
  while (reader.next()) {
    if (reader.field === 1) typeCode = reader.varint()
    else if (reader.field === 2) shape = readShape(reader.message())
    else if (reader.field === 4) content = reader.bytes() as Uint8Array<ArrayBuffer>
    else reader.skip()
  }
  return { typeCode, shape, content }
}

/** TensorShapeProto { dim 2 { size 1 }, unknown_rank 3 }. */
function readShape(reader: ProtobufReader): number[] {
  const sizes: number[] = []
  while (reader.next()) {
    if (reader.field === 2) sizes.push(readSize(reader.message()))
    else if (reader.field === 3 && reader.varint() !== 0) throw invalidArgument('tensor parsing error: shape')
    else if (reader.field !== 3) reader.skip()
  }
  const isPossible =
    sizes.length <= maxRank && sizes.every((size) => size >= 0) && elementCount(sizes) < 2 ** 48
  if (!isPossible) throw invalidArgument(`tensor parsing error: shape of rank ${sizes.length}`)
  return sizes
}

function readSize(reader: ProtobufReader): number {
  let size = 0
  while (reader.next()) {
    if (reader.field === 1) size = reader.signedVarint()
    else reader.skip()
  }
  return size
}

/** Lengths as varints, then the bytes of all; or one field each. */
/** Undefined where a few would stand for too many. */
function strings(bytes: Uint8Array, content: Uint8Array, count: number): Uint8Array[] | undefined {
  if (content.length > 0) return splitStrings(content, count)
  const values: Uint8Array[] = []
  const reader = new ProtobufReader(bytes)
  while (reader.next()) {
    if (reader.field === valueFields.string && values.length < count) values.push(reader.bytes())
    else reader.skip()
  }
  const last = values.at(-1) ?? new Uint8Array(0)
  const missingBytes = (count - values.length) * (last.length + stringBytes)
  if (missingBytes > expandableBytes(bytes)) return undefined
  while (values.length < count) values.push(last)
  return values
}

function splitStrings(content: Uint8Array, count: number): Uint8Array[] {
  if (count > content.length) throw wrong('string', [count])
  const cursor: Cursor = { low: 0, high: 0, position: 0 }
  const lengths: number[] = []
  for (let index = 0; index < count; index++) {
    takeVarint(content, cursor)
    lengths.push(cursor.low + cursor.high * 2 ** 32)
  }
  let { position } = cursor
  const values = lengths.map((length) => {
    position += length
    return content.subarray(position - length, position)
  })
  if (position !== content.length) throw wrong('string', [count])
  return values
}

function numbers(bytes: Uint8Array, dtype: NumericDType, byteCount: number): Uint8Array {
  const target = new Uint8Array(byteCount)
  const reader = new ProtobufReader(bytes)
  const field = valueFields[dtype]
  const plainWidth = plainWidths[dtype]
  let filled = 0
  while (reader.next()) {
    if (reader.field !== field) reader.skip()
    else if (plainWidth !== undefined) filled = copyValues(reader.packed(), target, filled, plainWidth)
    else filled = readVarints(reader.packed(), target, filled, byteWidth[dtype])
  }
  // Half a complex number counts for nothing.
  const whole = filled - (filled % byteWidth[dtype])
  target.fill(0, whole, filled)
  repeatLast(target, whole, byteWidth[dtype])
  return target
}

function copyValues(source: Uint8Array, target: Uint8Array, filled: number, width: number): number {
  if (source.length % width !== 0) throw new ProtobufError('a packed list ends inside a number')
  const room = target.length - filled
  target.set(source.length > room ? source.subarray(0, room) : source, filled)
  return filled + Math.min(source.length, room)
}

interface Cursor {
  low: number
  high: number
  position: number
}

function readVarints(source: Uint8Array, target: Uint8Array, filled: number, width: number): number {
  const view = new DataView(target.buffer, target.byteOffset, target.length)
  const cursor: Cursor = { low: 0, high: 0, position: 0 }
  let place = filled
  while (cursor.position < source.length && place < target.length) {
    takeVarint(source, cursor)
    if (width === 4) view.setInt32(place, cursor.low, true)
    else if (width === 2) view.setInt16(place, cursor.low, true)
    else if (width === 1) target[place] = cursor.low
    else {
      view.setInt32(place, cursor.low, true)
      view.setInt32(place + 4, cursor.high, true)
    }
    place += width
  }
  return place
}

/** All 64 bits, in two unsigned halves. */
function takeVarint(source: Uint8Array, cursor: Cursor): void {
  let [low, high] = [0, 0]
  for (let shift = 0; shift < 70; shift += 7) {
    const byte = source[cursor.position++]
    if (byte === undefined) throw new ProtobufError('a packed list ends inside a number')
    const bits = byte & 127
    if (shift < 28) low |= bits << shift
    else if (shift === 28) {
      low |= bits << 28
      high = bits >> 4
    } else high |= bits << (shift - 32)
    if (byte < 128) {
      cursor.low = low >>> 0
      cursor.high = high >>> 0
      return
    }
  }
  throw new ProtobufError('a varint of more than ten bytes')
}

function repeatLast(target: Uint8Array, filled: number, width: number): void {
  if (filled === 0) return
  for (let place = filled; place < target.length; ) {
    const size = Math.min(place - filled + width, target.length - place)
    target.copyWithin(place, filled - width, filled - width + size)
    place += size
  }
}
