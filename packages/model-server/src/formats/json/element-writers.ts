import { dataTypeCode, dataTypeOf } from '../../data-types.ts'
import type { TensorInfo } from '../../servable.ts'
import { invalidArgument, StatusError } from '../../status.ts'
import type { ComplexDType, NumericDType } from '../../tensor.ts'
import { toBfloat16, toFloat16 } from './half.ts'
import { renderJson, typeName } from './parsing/render.ts'
import { kind, type Tape } from './parsing/tape.ts'

/** Writes the value at a row as element `index` of a tensor's memory; false where the value is not of the type. */
type ElementWriter = (view: DataView, index: number, tape: Tape, row: number) => boolean

/** What each dtype takes. Numbers beyond 8 and 16 bits are cut off, as TensorFlow Serving does. */
export const elementWriters: Readonly<Record<NumericDType, ElementWriter>> = {
  float32: numeric((view, index, value) => view.setFloat32(index * 4, value, true)),
  float64: numeric((view, index, value) => view.setFloat64(index * 8, value, true)),
  float16: numeric((view, index, value) => view.setUint16(index * 2, toFloat16(value), true)),
  bfloat16: numeric((view, index, value) => view.setUint16(index * 2, toBfloat16(value), true)),
  int8: integer(-(2n ** 31n), 2n ** 31n, (view, index, value) => view.setInt8(index, Number(value))),
  uint8: integer(-(2n ** 31n), 2n ** 31n, (view, index, value) => view.setUint8(index, Number(value))),
  int16: integer(-(2n ** 31n), 2n ** 31n, (view, index, value) =>
    view.setInt16(index * 2, Number(value), true),
  ),
  uint16: integer(-(2n ** 31n), 2n ** 31n, (view, index, value) =>
    view.setUint16(index * 2, Number(value), true),
  ),
  int32: integer(-(2n ** 31n), 2n ** 31n, (view, index, value) =>
    view.setInt32(index * 4, Number(value), true),
  ),
  uint32: integer(0n, 2n ** 32n, (view, index, value) => view.setUint32(index * 4, Number(value), true)),
  int64: integer(-(2n ** 63n), 2n ** 63n, (view, index, value) => view.setBigInt64(index * 8, value, true)),
  uint64: integer(0n, 2n ** 64n, (view, index, value) => view.setBigUint64(index * 8, value, true)),
  complex64: refuse('complex64'),
  complex128: refuse('complex128'),
  bool(view, index, tape, row) {
    const valueKind = tape.kind(row)
    if (valueKind !== kind.true && valueKind !== kind.false) return false
    view.setUint8(index, valueKind === kind.true ? 1 : 0)
    return true
  },
}

/** A string element: a JSON string, or `{"b64": "…"}`. Throws StatusError INVALID_ARGUMENT. */
export function stringElement(tape: Tape, row: number): Buffer {
  if (tape.kind(row) === kind.string) return tape.stringBytes(row)
  if (!isBase64Object(tape, row)) throw typeError(tape, row, 'string')
  const text = tape.member(row, 'b64')
  if (text === undefined || tape.kind(text) !== kind.string) {
    throw invalidArgument(`JSON Value: ${renderJson(tape, row)} not formatted correctly for base64 data`)
  }
  return decodeBase64(tape, row, tape.stringBytes(text))
}

/** Whether an object is only another way to write a string. */
export function isBase64Object(tape: Tape, row: number): boolean {
  return tape.kind(row) === kind.object && tape.size(row) === 1 && tape.member(row, 'b64') !== undefined
}

export function typeError(tape: Tape, row: number, expected: string): StatusError {
  return invalidArgument(
    `JSON Value: ${renderJson(tape, row)} Type: ${typeName(tape, row)} is not of expected type: ${expected}`,
  )
}

/** For types that JSON cannot carry here. */
export function unsupportedType(
  tape: Tape,
  row: number,
  { typeCode }: Pick<TensorInfo, 'typeCode'>,
): StatusError {
  const { name } = dataTypeOf(typeCode)
  return new StatusError(
    'UNIMPLEMENTED',
    `Conversion of JSON Value: ${renderJson(tape, row)} to type: ${name}`,
  )
}

/** Exact: the nearest double, as JSON.parse has it. */
export function numberAt(tape: Tape, row: number): number {
  const text = tape.source.toString('latin1', tape.start(row), tape.end(row))
  const value = Number(text)
  if (!Number.isNaN(value)) return value
  if (text.endsWith('NaN')) return Number.NaN
  return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
}

function refuse(dtype: ComplexDType): ElementWriter {
  return (_view, _index, tape, row) => {
    throw unsupportedType(tape, row, { typeCode: dataTypeCode(dtype) })
  }
}

function numeric(store: (view: DataView, index: number, value: number) => void): ElementWriter {
  return (view, index, tape, row) => {
    if (tape.kind(row) < kind.integer) return false
    store(view, index, numberAt(tape, row))
    return true
  }
}

/** `end` is not included. A token with a point or exponent is never an integer. */
function integer(
  start: bigint,
  end: bigint,
  store: (view: DataView, index: number, value: bigint) => void,
): ElementWriter {
  return (view, index, tape, row) => {
    if (tape.kind(row) !== kind.integer || tape.end(row) - tape.start(row) > 21) return false
    const value = BigInt(tape.source.toString('latin1', tape.start(row), tape.end(row)))
    if (value < start || value >= end) return false
    store(view, index, value)
    return true
  }
}

/** Standard alphabet; padding may be left out, but must be right where it is given. */
function decodeBase64(tape: Tape, row: number, text: Buffer): Buffer {
  const characters = text.toString('latin1')
  const data = characters.replace(/={1,2}$/, '')
  const isPadded = data.length !== characters.length
  const isRight =
    !/[^A-Za-z0-9+/]/.test(data) && data.length % 4 !== 1 && (!isPadded || characters.length % 4 === 0)
  if (!isRight) throw invalidArgument(`JSON Value: ${renderJson(tape, row)} Unable to base64 decode`)
  return Buffer.from(data, 'base64')
}
