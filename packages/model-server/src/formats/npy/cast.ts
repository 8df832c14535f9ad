import { invalidArgument } from '../../status.ts'
import { byteWidth, type NumericDType } from '../../tensor.ts'
import { fromFloat16, toBfloat16, toFloat16 } from '../json/half.ts'
import type { NpyHeader } from './header.ts'

type Read = (view: DataView, offset: number, isLittle: boolean) => number | bigint

/** By NumPy's letter and width. */
const readers: Readonly<Record<string, Read>> = {
  b1: (view, offset) => (view.getUint8(offset) === 0 ? 0 : 1),
  i1: (view, offset) => view.getInt8(offset),
  i2: (view, offset, isLittle) => view.getInt16(offset, isLittle),
  i4: (view, offset, isLittle) => view.getInt32(offset, isLittle),
  i8: (view, offset, isLittle) => view.getBigInt64(offset, isLittle),
  u1: (view, offset) => view.getUint8(offset),
  u2: (view, offset, isLittle) => view.getUint16(offset, isLittle),
  u4: (view, offset, isLittle) => view.getUint32(offset, isLittle),
  u8: (view, offset, isLittle) => view.getBigUint64(offset, isLittle),
  f2: (view, offset, isLittle) => fromFloat16(view.getUint16(offset, isLittle)),
  f4: (view, offset, isLittle) => view.getFloat32(offset, isLittle),
  f8: (view, offset, isLittle) => view.getFloat64(offset, isLittle),
}

type Write = (view: DataView, offset: number, value: number | bigint) => void

const floats: Readonly<Record<string, Write>> = {
  float16: (view, offset, value) => view.setUint16(offset, toFloat16(Number(value)), true),
  bfloat16: (view, offset, value) => view.setUint16(offset, toBfloat16(Number(value)), true),
  float32: (view, offset, value) => view.setFloat32(offset, Number(value), true),
  float64: (view, offset, value) => view.setFloat64(offset, Number(value), true),
}

interface IntegerType {
  readonly lowest: number | bigint
  readonly highest: number | bigint
  readonly write: Write
}
const integers: Readonly<Record<string, IntegerType>> = {
  int8: { lowest: -128, highest: 127, write: (view, offset, value) => view.setInt8(offset, Number(value)) },
  uint8: { lowest: 0, highest: 255, write: (view, offset, value) => view.setUint8(offset, Number(value)) },
  int16: within(-(2 ** 15), 2 ** 15 - 1, (view, offset, value) => view.setInt16(offset, Number(value), true)),
  uint16: within(0, 2 ** 16 - 1, (view, offset, value) => view.setUint16(offset, Number(value), true)),
  int32: within(-(2 ** 31), 2 ** 31 - 1, (view, offset, value) => view.setInt32(offset, Number(value), true)),
  uint32: within(0, 2 ** 32 - 1, (view, offset, value) => view.setUint32(offset, Number(value), true)),
  int64: within(-(2n ** 63n), 2n ** 63n - 1n, (view, offset, value) =>
    view.setBigInt64(offset, BigInt(value), true),
  ),
  uint64: within(0n, 2n ** 64n - 1n, (view, offset, value) => view.setBigUint64(offset, BigInt(value), true)),
}

function within(lowest: number | bigint, highest: number | bigint, write: Write): IntegerType {
  return { lowest, highest, write }
}

const sameBytes: Readonly<Partial<Record<NumericDType, string>>> = {
  float16: 'f2',
  float32: 'f4',
  float64: 'f8',
  int8: 'i1',
  int16: 'i2',
  int32: 'i4',
  int64: 'i8',
  uint8: 'u1',
  uint16: 'u2',
  uint32: 'u4',
  uint64: 'u8',
  complex64: 'c8',
  complex128: 'c16',
}

/**
 * The elements as a tensor's memory. Undefined where the kinds do not go together: an integer takes no fractions, a
 * truth value only truth values. Throws StatusError INVALID_ARGUMENT for an integer out of range.
 */
export function castNumbers(
  elements: Buffer,
  { kind, width, isBigEndian }: NpyHeader,
  dtype: NumericDType,
): Uint8Array | undefined {
  const type = `${kind}${width}`
  if (sameBytes[dtype] === type && (!isBigEndian || width === 1)) return elements
  const read = readers[type]
  const write = writerFor(type, dtype)
  if (!read || !write) return undefined
  const source = new DataView(elements.buffer, elements.byteOffset, elements.length)
  const count = elements.length / width
  const target = new DataView(new ArrayBuffer(count * byteWidth[dtype]))
  for (let index = 0; index < count; index++) {
    write(target, index * byteWidth[dtype], read(source, index * width, !isBigEndian))
  }
  return new Uint8Array(target.buffer)
}

function writerFor(type: string, dtype: NumericDType): Write | undefined {
  if (type === 'b1' || dtype === 'bool') {
    return type === 'b1' && dtype === 'bool'
      ? (view, offset, value) => view.setUint8(offset, Number(value))
      : undefined
  }
  const float = floats[dtype]
  if (float) return float
  const integer = integers[dtype]
  if (!integer || type.startsWith('f')) return undefined
  return (view, offset, value) => {
    if (value < integer.lowest || value > integer.highest) {
      throw invalidArgument(`${value} is out of the range of ${dtype}`)
    }
    integer.write(view, offset, value)
  }
}
