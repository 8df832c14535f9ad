import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dataTypeCode } from '../../data-types.ts'
import { StatusError } from '../../status.ts'
import { byteWidth, type DType, elementCount, type NumericDType, type Tensor } from '../../tensor.ts'
import { ProtobufError, ProtobufReader } from '../protobuf.ts'
import { decodeTensor } from './decode.ts'
import { type TensorForm, writeTensor } from './encode.ts'
import { valueFields } from './value-fields.ts'
import { WireWriter } from './wire-writer.ts'

function encoded(tensor: Tensor, form: TensorForm): Uint8Array {
  const writer = new WireWriter(1)
  writeTensor(writer, 1, tensor, form)
  const reader = new ProtobufReader(writer.finish())
  reader.next()
  return reader.bytes()
}

function plain(tensor: Tensor) {
  const data = tensor.dtype === 'string' ? tensor.data.map((one) => [...one]) : [...tensor.data]
  return { dtype: tensor.dtype, shape: [...tensor.shape], data }
}

const shapes = fc.array(fc.nat(4), { maxLength: 4 })
const tensors: fc.Arbitrary<Tensor> = fc
  .tuple(fc.constantFrom(...(Object.keys(valueFields) as DType[])), shapes)
  .chain(([dtype, shape]): fc.Arbitrary<Tensor> => {
    const count = elementCount(shape)
    if (dtype === 'string') {
      const bytes = fc.uint8Array({ maxLength: 300 })
      return fc.array(bytes, { minLength: count, maxLength: count }).map((data) => ({ dtype, shape, data }))
    }
    const length = count * byteWidth[dtype as NumericDType]
    const max = dtype === 'bool' ? 1 : 255
    return fc
      .uint8Array({ minLength: length, maxLength: length, max })
      .map((data) => ({ dtype: dtype as NumericDType, shape, data }))
  })

describe('a tensor', () => {
  test.each(['values', 'content'] as const)('comes back from its %s as it was', (form) => {
    fc.assert(
      fc.property(tensors, (tensor) => {
        expect(plain(decodeTensor(encoded(tensor, form)))).toEqual(plain(tensor))
      }),
    )
  })

  test('in changed bytes is read or refused with a status', () => {
    const change = fc.record({ at: fc.nat(), to: fc.nat(255) })
    fc.assert(
      fc.property(tensors, fc.array(change, { minLength: 1, maxLength: 4 }), (tensor, changes) => {
        const bytes = Uint8Array.from(encoded(tensor, 'values'))
        for (const { at, to } of changes) if (bytes.length > 0) bytes[at % bytes.length] = to
        try {
          decodeTensor(bytes)
        } catch (error) {
          expect(error instanceof StatusError || error instanceof ProtobufError).toBe(true)
        }
      }),
    )
  })
})

function message(dtype: DType, shape: readonly number[], more: (writer: WireWriter) => void): Uint8Array {
  const writer = new WireWriter()
  writer.integerField(1, dataTypeCode(dtype))
  writer.message(2, () => {
    for (const size of shape) writer.message(2, () => writer.integerField(1, size))
  })
  more(writer)
  return writer.finish()
}

describe('values', () => {
  test.each([
    ['fewer than elements: the last one repeats', [3, 9], [3, 9, 9, 9, 9]],
    ['none: zeros', [], [0, 0, 0, 0, 0]],
    ['more than elements: the rest is left', [1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5]],
    ['negative', [-1, -2147483648], [-1, -2147483648, -2147483648, -2147483648, -2147483648]],
  ])('%s', (_situation, values, expected) => {
    const bytes = message('int32', [5], (writer) => {
      for (const value of values) writer.integerField(valueFields.int32, value)
    })
    const { data } = decodeTensor(bytes)
    expect([...new Int32Array(Uint8Array.from(data as Uint8Array).buffer)]).toEqual(expected)
  })

  test.each([
    ['in pairs', [1, 2, 3, 4], [1, 2, 3, 4]],
    ['fewer than elements: the last pair repeats', [1, 2], [1, 2, 1, 2]],
    ['half a number: it counts for nothing', [1, 2, 3], [1, 2, 1, 2]],
    ['half the only number', [1], [0, 0, 0, 0]],
  ])('of complex numbers, %s', (_situation, values, expected) => {
    const one = (value: number) => new Uint8Array(Float32Array.of(value).buffer)
    const bytes = message('complex64', [2], (writer) => {
      for (const value of values) writer.bytesField(valueFields.complex64, one(value))
    })
    const { data } = decodeTensor(bytes)
    expect([...new Float32Array(Uint8Array.from(data as Uint8Array).buffer)]).toEqual(expected)
  })

  test('may be as many as are sent, and eight times as many', () => {
    const count = 400_000
    const listed = message('string', [count], (writer) => {
      for (let index = 0; index < count; index++) writer.textField(valueFields.string, '')
    })
    expect(decodeTensor(listed).data).toHaveLength(count)
    const small = message('int64', [3_000_000], (writer) =>
      writer.bytesField(valueFields.int64, Buffer.alloc(3_000_000, 1)),
    )
    expect(decodeTensor(small).data).toHaveLength(24_000_000)
  })

  test('of strings repeat and may come as content', () => {
    const listed = message('string', [2], (writer) => writer.textField(valueFields.string, 'a'))
    const content = message('string', [2], (writer) => writer.bytesField(4, Buffer.from('\u0001\u0002abb')))
    const texts = (bytes: Uint8Array) =>
      plain(decodeTensor(bytes)).data.map((one) => Buffer.from(one as number[]).toString())
    expect(texts(listed)).toEqual(['a', 'a'])
    expect(texts(content)).toEqual(['a', 'bb'])
  })
})

test.each([
  [
    'content of another size than the shape',
    message('float32', [2], (w) => w.bytesField(4, new Uint8Array(7))),
  ],
  ['one value for more elements than memory has', message('int64', [2 ** 40], (w) => w.integerField(10, 1))],
  ['a negative size', message('int64', [-1], (w) => w.integerField(10, 1))],
  ['one value for more than 16 MiB', message('float32', [2 ** 23], (w) => w.integerField(10, 1))],
  [
    'a long string for many',
    message('string', [1000], (w) => w.textField(valueFields.string, 'x'.repeat(100_000))),
  ],
  ['many strings from none', message('string', [2 ** 30], () => undefined)],
  ['no type', new Uint8Array(0)],
])('refuses %s', (_situation, bytes) => {
  expect(() => decodeTensor(bytes)).toThrow(/^tensor parsing error: /)
})
