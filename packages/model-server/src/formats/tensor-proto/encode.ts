import { dataTypeCode } from '../../data-types.ts'
import { byteWidth, type NumericTensor, type Tensor } from '../../tensor.ts'
import { plainWidths, valueFields } from './value-fields.ts'
import type { WireWriter } from './wire-writer.ts'

/** `values`: the list of the type's own kind, which every client reads; `content`: the bytes as they are. */
export type TensorForm = 'values' | 'content'

/** Writes a TensorProto as the message `field`. Strings are always values. */
export function writeTensor(writer: WireWriter, field: number, tensor: Tensor, form: TensorForm): void {
  const expected = tensor.dtype === 'string' ? 0 : tensor.data.length + 16 + tensor.shape.length * 4
  writer.message(field, () => writeBody(writer, tensor, form), expected)
}

function writeBody(writer: WireWriter, tensor: Tensor, form: TensorForm): void {
  writer.integerField(1, dataTypeCode(tensor.dtype))
  writer.message(2, () => writeShape(writer, tensor.shape))
  const field = valueFields[tensor.dtype]
  if (tensor.dtype === 'string') for (const bytes of tensor.data) writer.bytesField(field, bytes)
  else if (tensor.data.length === 0) return
  else if (form === 'content') writer.bytesField(4, tensor.data)
  else if (plainWidths[tensor.dtype] !== undefined) writer.bytesField(field, tensor.data)
  else writer.message(field, () => writeVarints(writer, tensor), tensor.data.length)
}

/** TensorShapeProto { dim 2 { size 1 }, unknown_rank 3 }. */
export function writeShape(writer: WireWriter, shape: readonly number[]): void {
  for (const size of shape) writer.message(2, () => writer.integerField(1, size))
}

function writeVarints(writer: WireWriter, { dtype, data }: NumericTensor): void {
  const view = new DataView(data.buffer, data.byteOffset, data.length)
  const width = byteWidth[dtype]
  const isSigned = dtype.startsWith('int')
  for (let place = 0; place < data.length; place += width) {
    if (width === 8) writer.varint64(view.getUint32(place, true), view.getUint32(place + 4, true))
    else {
      const value = integerAt(view, place, width, isSigned)
      writer.varint64(value, value < 0 ? -1 : 0)
    }
  }
}

function integerAt(view: DataView, place: number, width: number, isSigned: boolean): number {
  if (width === 4) return isSigned ? view.getInt32(place, true) : view.getUint32(place, true)
  if (width === 2) return isSigned ? view.getInt16(place, true) : view.getUint16(place, true)
  return isSigned ? view.getInt8(place) : view.getUint8(place)
}
