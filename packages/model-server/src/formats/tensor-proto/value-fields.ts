import type { DType, NumericDType } from '../../tensor.ts'

/** Where TensorProto lists values of a type. Source: tensorflow/core/framework/tensor.proto. */
export const valueFields: Readonly<Record<DType, number>> = {
  float32: 5,
  float64: 6,
  int32: 7,
  int16: 7,
  int8: 7,
  uint8: 7,
  uint16: 7,
  string: 8,
  complex64: 9,
  int64: 10,
  bool: 11,
  complex128: 12,
  float16: 13,
  bfloat16: 13,
  uint32: 16,
  uint64: 17,
}

/** Bytes of one number in the lists whose numbers stand as they lie in memory; undefined for varints. */
export const plainWidths: Readonly<Partial<Record<NumericDType, number>>> = {
  ...{ float32: 4, float64: 8, complex64: 4, complex128: 8 },
}
