import { invalidArgument, type StatusError } from '../../../status.ts'
import { alignedData, type NumericDType, type NumericTensor, type StringTensor } from '../../../tensor.ts'
import { fromBfloat16, fromFloat16 } from '../half.ts'
import type { ByteWriter } from './byte-writer.ts'
import { writeDouble, writeFloat, writeHalf, writeInteger } from './write-number.ts'

/** Writes element `index`. Made once per tensor, so that each has one type of array to read. */
export type WriteElement = (writer: ByteWriter, index: number) => void

/** `asBase64` writes strings as `{"b64": "…"}`; otherwise their bytes stand in the text as they are. */
export function elementWriter(tensor: NumericTensor | StringTensor, asBase64: boolean): WriteElement {
  if (tensor.dtype !== 'string') return numericWriters[tensor.dtype](alignedData(tensor))
  const { data } = tensor
  return (writer, index) => {
    const bytes = data[index] ?? new Uint8Array(0)
    if (asBase64) writer.ascii(`{"b64": "${Buffer.from(bytes).toString('base64')}"}`)
    else writeJsonString(writer, bytes)
  }
}

/** For types that JSON cannot carry here: their name. */
export const unwritable = (name: string): StatusError =>
  invalidArgument(`Failed to write JSON value for tensor type: ${name}`)

function refuse(name: string): () => WriteElement {
  return () => {
    throw unwritable(name)
  }
}

const numericWriters: Readonly<Record<NumericDType, (data: Uint8Array) => WriteElement>> = {
  float32(data) {
    const values = new Float32Array(data.buffer, data.byteOffset, data.length / 4)
    return (writer, index) => writeFloat(writer, values[index] ?? 0)
  },
  float64(data) {
    const values = new Float64Array(data.buffer, data.byteOffset, data.length / 8)
    return (writer, index) => writeDouble(writer, values[index] ?? 0)
  },
  float16(data) {
    const values = new Uint16Array(data.buffer, data.byteOffset, data.length / 2)
    return (writer, index) => writeHalf(writer, fromFloat16(values[index] ?? 0))
  },
  bfloat16(data) {
    const values = new Uint16Array(data.buffer, data.byteOffset, data.length / 2)
    return (writer, index) => writeHalf(writer, fromBfloat16(values[index] ?? 0))
  },
  complex64: refuse('complex64'),
  complex128: refuse('complex128'),
  bool: (data) => (writer, index) => writer.ascii(data[index] ? 'true' : 'false'),
  uint8: (data) => integers(data),
  int8: (data) => integers(new Int8Array(data.buffer, data.byteOffset, data.length)),
  uint16: (data) => integers(new Uint16Array(data.buffer, data.byteOffset, data.length / 2)),
  int16: (data) => integers(new Int16Array(data.buffer, data.byteOffset, data.length / 2)),
  uint32: (data) => integers(new Uint32Array(data.buffer, data.byteOffset, data.length / 4)),
  int32: (data) => integers(new Int32Array(data.buffer, data.byteOffset, data.length / 4)),
  uint64: (data) => bigIntegers(new BigUint64Array(data.buffer, data.byteOffset, data.length / 8)),
  int64: (data) => bigIntegers(new BigInt64Array(data.buffer, data.byteOffset, data.length / 8)),
}

function integers(values: { readonly [index: number]: number }): WriteElement {
  return (writer, index) => writeInteger(writer, values[index] ?? 0)
}

function bigIntegers(values: { readonly [index: number]: bigint }): WriteElement {
  return (writer, index) => writer.ascii(String(values[index] ?? 0n))
}

const shortEscapes = new Map([
  [0x22, '\\"'],
  [0x5c, '\\\\'],
  [8, '\\b'],
  [9, '\\t'],
  [10, '\\n'],
  [12, '\\f'],
  [13, '\\r'],
])

/** Escapes quotes, backslashes and control characters; all other bytes pass, UTF-8 or not. */
export function writeJsonString(writer: ByteWriter, bytes: Uint8Array): void {
  writer.ascii('"')
  let start = 0
  for (let position = 0; position < bytes.length; position++) {
    const byte = bytes[position] ?? 0
    if (byte >= 0x20 && byte !== 0x22 && byte !== 0x5c) continue
    writer.copy(bytes, start, position)
    writer.ascii(shortEscapes.get(byte) ?? `\\u00${byte.toString(16).toUpperCase().padStart(2, '0')}`)
    start = position + 1
  }
  writer.copy(bytes, start, bytes.length)
  writer.ascii('"')
}
