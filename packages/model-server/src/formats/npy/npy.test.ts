import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { StatusError } from '../../status.ts'
import { byteWidth, type DType, elementCount, type NumericDType } from '../../tensor.ts'
import { signatureOf } from '../../testing/plain-servable.ts'
import { decodeNpy } from './decode-npy.ts'
import { checkOneOutput, encodeNpy } from './encode-npy.ts'

const decode = (file: Uint8Array, dtype: DType) =>
  decodeNpy(file, 's', new Map([['s', signatureOf({ x: { dtype } })]])).inputs.get('x')

function npy(descr: string, shape: string, data: Uint8Array, order = 'False', version = 1): Buffer {
  const header = Buffer.from(`{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${shape}), }\n`)
  const start = Buffer.from(`\x93NUMPY${String.fromCharCode(version)}\0`, 'latin1')
  const length = Buffer.alloc(version === 1 ? 2 : 4)
  length.writeUInt16LE(header.length)
  return Buffer.concat([start, length, header, data])
}
const bytesOf = (values: { readonly buffer: ArrayBufferLike }): Uint8Array => new Uint8Array(values.buffer)

test('what is written is read back, in every dtype that NumPy knows', () => {
  const dtypes = (Object.keys(byteWidth) as NumericDType[]).filter(
    (dtype) => dtype !== 'bfloat16' && dtype !== 'bool',
  )
  const tensor = fc
    .tuple(
      fc.constantFrom(...dtypes),
      fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 4 }),
    )
    .chain(([dtype, shape]) => {
      const length = elementCount(shape) * byteWidth[dtype]
      return fc.uint8Array({ minLength: length, maxLength: length }).map((data) => ({ dtype, shape, data }))
    })
  fc.assert(
    fc.property(tensor, ({ dtype, shape, data }) => {
      const file = encodeNpy(new Map([['y', { dtype, shape, data }]]))
      const read = decode(file, dtype)
      expect([read?.dtype, read?.shape]).toEqual([dtype, shape])
      expect(Buffer.from((read?.data ?? []) as Uint8Array).equals(Buffer.from(data))).toBe(true)
    }),
  )
})

test('byte strings are written as long as the longest', () => {
  const words = ['a', 'long', ''].map((word) => Buffer.from(word))
  const file = Buffer.from(encodeNpy(new Map([['y', { dtype: 'string', shape: [3], data: words }]])))
  expect(file.toString('latin1', 10, 70)).toContain(
    "'descr': '|S4', 'fortran_order': False, 'shape': (3,), }",
  )
  expect(file.readUInt16LE(8) + 10).toBe(128)
  expect(file.toString('latin1', 128)).toBe('a\0\0\0long\0\0\0\0')
  expect(decode(file, 'string')?.data).toEqual(words)
})

describe('decodeNpy', () => {
  const four = Float64Array.of(1, 2, 3, 4.5)
  const float32 = (...values: number[]): Uint8Array => bytesOf(Float32Array.from(values))
  test.each([
    ['doubles as floats', npy('<f8', '2, 2', bytesOf(four)), 'float32', [2, 2], float32(1, 2, 3, 4.5)],
    [
      'long integers as floats',
      npy('<i8', '2,', bytesOf(BigInt64Array.of(1n, -2n))),
      'float32',
      [2],
      float32(1, -2),
    ],
    [
      'long integers as integers',
      npy('<i8', '1,', bytesOf(BigInt64Array.of(7n))),
      'int32',
      [1],
      bytesOf(Int32Array.of(7)),
    ],
    ['truth values', npy('|b1', '2,', Uint8Array.of(0, 1)), 'bool', [2], Uint8Array.of(0, 1)],
    ['halves', npy('<f2', '1,', Uint8Array.of(0, 0x3c)), 'float32', [1], float32(1)],
    ['big-endian numbers', npy('>f4', '1,', Uint8Array.of(0x3f, 0x80, 0, 0)), 'float32', [1], float32(1)],
    ['a single value as one instance', npy('<f4', '', float32(5)), 'float32', [1], float32(5)],
    ['no rows', npy('<f4', '0, 3', float32()), 'float32', [0, 3], float32()],
    ['the second format version', npy('<f4', '1,', float32(1), 'False', 2), 'float32', [1], float32(1)],
    [
      'columns first',
      npy('<f4', '2, 3', float32(1, 4, 2, 5, 3, 6), 'True'),
      'float32',
      [2, 3],
      float32(1, 2, 3, 4, 5, 6),
    ],
  ] as const)('takes %s', (_situation, file, dtype, shape, data) => {
    const read = decode(file, dtype)
    expect(read?.shape).toEqual(shape)
    expect([...((read?.data ?? []) as Uint8Array)]).toEqual([...data])
  })

  test('takes characters as UTF-8', () => {
    const characters = bytesOf(
      Uint32Array.from([...'grün', ...'日\0\0\0'].map((one) => one.codePointAt(0) ?? 0)),
    )
    expect(decode(npy('<U4', '2,', characters), 'string')?.data).toEqual([
      Buffer.from('grün'),
      Buffer.from('日'),
    ])
  })

  test.each([
    ['other files', Buffer.from('PK\x03\x04'), 'float32', 'it does not begin as a .npy file does'],
    ['a later format', npy('<f4', '1,', float32(1), 'False', 9), 'float32', 'format version 9 is unknown'],
    [
      'a header that is cut off',
      npy('<f4', '1,', float32(1)).subarray(0, 30),
      'float32',
      'its header is cut off',
    ],
    [
      'too few bytes',
      npy('<f4', '3,', float32(1)),
      'float32',
      'its shape needs 12 bytes, but 4 follow the header',
    ],
    ['too many bytes', npy('<f4', '1,', float32(1, 2)), 'float32', 'its shape needs 4 bytes, but 8 follow'],
    [
      'sizes that overflow',
      npy('<f4', '0, 99999999999, 99999999999', float32()),
      'float32',
      'its shape is too large',
    ],
    ['objects', npy('|O', '1,', float32(1)), 'float32', 'arrays of Python objects are refused'],
    ['dates', npy('<M8[ns]', '1,', float32(1)), 'float32', 'dtype <M8[ns] is not understood'],
    [
      'fractions for integers',
      npy('<f8', '4,', bytesOf(four)),
      'int32',
      'Input x of type int32 cannot take an array of dtype f8',
    ],
    [
      'integers out of range',
      npy('<i8', '1,', bytesOf(BigInt64Array.of(2n ** 40n))),
      'int32',
      'out of the range of int32',
    ],
    ['numbers for strings', npy('<f8', '4,', bytesOf(four)), 'string', 'cannot take an array of dtype f8'],
    [
      'strings for numbers',
      npy('|S1', '1,', Uint8Array.of(65)),
      'float32',
      'cannot take an array of dtype S1',
    ],
  ] as const)('refuses %s', (_situation, file, dtype, message) => {
    expect(() => decode(file, dtype)).toThrow(message)
    expect(() => decode(file, dtype)).toThrow(StatusError)
  })

  test('refuses one array for several inputs, and several outputs as one array', () => {
    const two = signatureOf(
      { a: { dtype: 'float32' }, b: { dtype: 'float32' } },
      { c: { dtype: 'bool' }, d: { dtype: 'bool' } },
    )
    const file = npy('<f4', '1,', float32(1))
    expect(() => decodeNpy(file, 's', new Map([['s', two]]))).toThrow(
      'One array cannot fill the inputs of signature s: a, b',
    )
    expect(() => checkOneOutput(two)).toThrow('application/x-npy carries one array, but the outputs are c, d')
  })
})
