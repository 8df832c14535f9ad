import type { DType } from './tensor.ts'

/**
 * TensorFlow's data types: the number in its protos, the name in its messages, and ours where a request may carry
 * it. Source: tensorflow/core/framework/types.proto. Reference types (TF1 variables) are these numbers plus 100.
 */
interface DataType {
  readonly code: number
  readonly name: string
  readonly protoName: string
  readonly dtype?: DType
}

const rows: readonly DataType[] = [
  { code: 1, name: 'float', protoName: 'DT_FLOAT', dtype: 'float32' },
  { code: 2, name: 'double', protoName: 'DT_DOUBLE', dtype: 'float64' },
  { code: 3, name: 'int32', protoName: 'DT_INT32', dtype: 'int32' },
  { code: 4, name: 'uint8', protoName: 'DT_UINT8', dtype: 'uint8' },
  { code: 5, name: 'int16', protoName: 'DT_INT16', dtype: 'int16' },
  { code: 6, name: 'int8', protoName: 'DT_INT8', dtype: 'int8' },
  { code: 7, name: 'string', protoName: 'DT_STRING', dtype: 'string' },
  { code: 8, name: 'complex64', protoName: 'DT_COMPLEX64', dtype: 'complex64' },
  { code: 9, name: 'int64', protoName: 'DT_INT64', dtype: 'int64' },
  { code: 10, name: 'bool', protoName: 'DT_BOOL', dtype: 'bool' },
  { code: 11, name: 'qint8', protoName: 'DT_QINT8' },
  { code: 12, name: 'quint8', protoName: 'DT_QUINT8' },
  { code: 13, name: 'qint32', protoName: 'DT_QINT32' },
  { code: 14, name: 'bfloat16', protoName: 'DT_BFLOAT16', dtype: 'bfloat16' },
  { code: 15, name: 'qint16', protoName: 'DT_QINT16' },
  { code: 16, name: 'quint16', protoName: 'DT_QUINT16' },
  { code: 17, name: 'uint16', protoName: 'DT_UINT16', dtype: 'uint16' },
  { code: 18, name: 'complex128', protoName: 'DT_COMPLEX128', dtype: 'complex128' },
  { code: 19, name: 'half', protoName: 'DT_HALF', dtype: 'float16' },
  { code: 20, name: 'resource', protoName: 'DT_RESOURCE' },
  { code: 21, name: 'variant', protoName: 'DT_VARIANT' },
  { code: 22, name: 'uint32', protoName: 'DT_UINT32', dtype: 'uint32' },
  { code: 23, name: 'uint64', protoName: 'DT_UINT64', dtype: 'uint64' },
]
const byCode = new Map(rows.map((row) => [row.code, row]))
const byDType = new Map(rows.flatMap((row) => (row.dtype ? [[row.dtype, row] as const] : [])))

/** Never fails: a number that TensorFlow adds later has a name of its own and no dtype. */
export function dataTypeOf(code: number): DataType {
  const plain = code > 100 ? code - 100 : code
  return byCode.get(plain) ?? { code: plain, name: `type ${plain}`, protoName: 'DT_INVALID' }
}

export function dataTypeCode(dtype: DType): number {
  const row = byDType.get(dtype)
  if (!row) throw new TypeError(`no data type for ${dtype}`)
  return row.code
}

/** Every name in the DataType enum with its number, the references to each type too. */
export const dataTypeNames = (): (readonly [string, number])[] => [
  ['DT_INVALID', 0],
  ...rows.map(({ protoName, code }) => [protoName, code] as const),
  ...rows.map(({ protoName, code }) => [`${protoName}_REF`, code + 100] as const),
]
