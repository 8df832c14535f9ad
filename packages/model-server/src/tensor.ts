export type NumericDType =
  | 'float16'
  | 'bfloat16'
  | 'float32'
  | 'float64'
  | 'bool'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | ComplexDType
/** Pairs of floats, the real part first. JSON has no such numbers. */
export type ComplexDType = 'complex64' | 'complex128'
export type DType = NumericDType | 'string'

/** Row-major, little-endian: `data` has product(shape) × byteWidth bytes. */
export interface NumericTensor {
  readonly dtype: NumericDType
  readonly shape: readonly number[]
  readonly data: Uint8Array
}
/** One byte string per element; the bytes need not be UTF-8. */
export interface StringTensor {
  readonly dtype: 'string'
  readonly shape: readonly number[]
  readonly data: readonly Uint8Array[]
}
export type Tensor = NumericTensor | StringTensor
export type TensorMap = ReadonlyMap<string, Tensor>

export const byteWidth: Readonly<Record<NumericDType, number>> = {
  float16: 2,
  bfloat16: 2,
  float32: 4,
  float64: 8,
  bool: 1,
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  uint8: 1,
  uint16: 2,
  uint32: 4,
  uint64: 8,
  complex64: 8,
  complex128: 16,
}

export const isComplex = (dtype: DType | undefined): dtype is ComplexDType =>
  dtype === 'complex64' || dtype === 'complex128'

export function elementCount(shape: readonly number[]): number {
  let count = 1
  for (const size of shape) count *= size
  return count
}

/** The same bytes at an address that every typed array accepts; copied only where they are not there yet. */
export function alignedData(tensor: NumericTensor): Uint8Array {
  const { data } = tensor
  return data.byteOffset % byteWidth[tensor.dtype] === 0 ? data : new Uint8Array(data)
}

export const shapeText = (shape: readonly number[]): string => `[${shape.join(',')}]`
