import { dataTypeCode, dataTypeOf } from '../../data-types.ts'
import {
  byteWidth,
  type ComplexDType,
  type DType,
  isComplex,
  type NumericTensor,
  type Tensor,
} from '../../tensor.ts'

/** Lists that protobuf's JSON prints of a TensorProto, empty or not. Source: tensorflow/core/framework/tensor.proto. */
const lists = [
  ...[
    'half_val',
    'float_val',
    'double_val',
    'int_val',
    'string_val',
    'scomplex_val',
    'int64_val',
    'bool_val',
  ],
  ...['dcomplex_val', 'resource_handle_val', 'variant_val', 'uint32_val', 'uint64_val'],
]

const listOf: Readonly<Record<DType, string>> = {
  ...{ float16: 'half_val', bfloat16: 'half_val', float32: 'float_val', float64: 'double_val' },
  ...{ int8: 'int_val', uint8: 'int_val', int16: 'int_val', uint16: 'int_val', int32: 'int_val' },
  ...{
    int64: 'int64_val',
    uint64: 'uint64_val',
    uint32: 'uint32_val',
    bool: 'bool_val',
    string: 'string_val',
    complex64: 'scomplex_val',
    complex128: 'dcomplex_val',
  },
}

/** A TensorProto in protobuf's JSON, each value in the list of its type: 64-bit integers and bytes are strings. */
export function tensorProtoJson(tensor: Tensor): Record<string, unknown> {
  const dim = tensor.shape.map((size) => ({ size: String(size), name: '' }))
  const values = tensor.dtype === 'string' ? tensor.data.map(base64) : numbersOf(tensor)
  return {
    dtype: dataTypeOf(dataTypeCode(tensor.dtype)).protoName,
    tensor_shape: { dim, unknown_rank: false },
    version_number: 0,
    tensor_content: '',
    ...Object.fromEntries(lists.map((name) => [name, []])),
    [listOf[tensor.dtype]]: values,
  }
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

function numbersOf({ dtype, data }: NumericTensor): (number | string | boolean)[] {
  const view = new DataView(data.buffer, data.byteOffset, data.length)
  const width = byteWidth[dtype]
  if (isComplex(dtype)) return partsOf(view, dtype)
  return Array.from({ length: data.length / width }, (_, index) => readers[dtype](view, index * width))
}

/** Real parts and imaginary parts in turn. */
function partsOf(view: DataView, dtype: ComplexDType): (number | string | boolean)[] {
  const [part, width] = dtype === 'complex64' ? (['float32', 4] as const) : (['float64', 8] as const)
  return Array.from({ length: view.byteLength / width }, (_, index) => readers[part](view, index * width))
}

/** JSON has no such numbers: protobuf writes their names. */
const named = (value: number): number | string => (Number.isFinite(value) ? value : String(value))
/** As short as tells the float from its neighbours. */
function float(value: number): number | string {
  const short = [6, 7, 8, 9].map((digits) => Number(value.toPrecision(digits)))
  return named(short.find((one) => Math.fround(one) === value) ?? value)
}

type Reader = (view: DataView, at: number) => number | string | boolean
const readers: Readonly<Record<Exclude<NumericTensor['dtype'], ComplexDType>, Reader>> = {
  float16: (view, at) => view.getUint16(at, true),
  bfloat16: (view, at) => view.getUint16(at, true),
  float32: (view, at) => float(view.getFloat32(at, true)),
  float64: (view, at) => named(view.getFloat64(at, true)),
  int8: (view, at) => view.getInt8(at),
  uint8: (view, at) => view.getUint8(at),
  int16: (view, at) => view.getInt16(at, true),
  uint16: (view, at) => view.getUint16(at, true),
  int32: (view, at) => view.getInt32(at, true),
  uint32: (view, at) => view.getUint32(at, true),
  int64: (view, at) => String(view.getBigInt64(at, true)),
  uint64: (view, at) => String(view.getBigUint64(at, true)),
  bool: (view, at) => view.getUint8(at) !== 0,
}
