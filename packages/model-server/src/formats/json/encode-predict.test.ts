import { describe, expect, test } from 'vitest'
import type { Tensor } from '../../tensor.ts'
import { signatureOf } from '../../testing/plain-servable.ts'
import type { Layout } from './decode-predict.ts'
import { checkOutputTypes, encodeError, encodePredict } from './encode-predict.ts'

const int32 = (shape: number[], ...values: number[]): Tensor => ({
  dtype: 'int32',
  shape,
  data: new Uint8Array(Int32Array.from(values).buffer),
})
const float = (shape: number[], ...values: number[]): Tensor => ({
  dtype: 'float32',
  shape,
  data: new Uint8Array(Float32Array.from(values).buffer),
})
const strings = (shape: number[], ...values: string[]): Tensor => ({
  dtype: 'string',
  shape,
  data: values.map((value) => Buffer.from(value)),
})
const encode = (layout: Layout, outputs: Record<string, Tensor>): string =>
  Buffer.from(encodePredict(layout, new Map(Object.entries(outputs)))).toString()

describe('encodePredict', () => {
  test.each([
    [
      'floats in rows',
      'row',
      { y: float([3], 2.5, 3, 4.5) },
      '{\n    "predictions": [2.5, 3.0, 4.5\n    ]\n}',
    ],
    [
      'rows of lists',
      'row',
      { y: float([2, 2], 1, 2, 3, 4) },
      '{\n    "predictions": [[1.0, 2.0], [3.0, 4.0]\n    ]\n}',
    ],
    ['no rows', 'row', { y: int32([0, 2]) }, '{\n    "predictions": []\n}'],
    ['a scalar in columns', 'columnar', { y: float([], 2) }, '{\n    "outputs": 2.0\n}'],
    [
      'a list in columns',
      'columnar',
      { y: float([2], 2.5, 3) },
      '{\n    "outputs": [\n        2.5,\n        3.0\n    ]\n}',
    ],
    [
      'two outputs in rows',
      'row',
      { a: int32([1], 1), b: strings([1], 'x') },
      '{\n    "predictions": [\n        {\n            "a": 1,\n            "b": "x"\n        }\n    ]\n}',
    ],
  ] as const)('writes %s as TensorFlow Serving does', (_situation, layout, outputs, text) => {
    expect(encode(layout, outputs)).toBe(text)
  })

  const cube = int32([2, 3, 2], 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2)
  const cubeValue = [
    [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
    [
      [7, 8],
      [9, 0],
      [1, 2],
    ],
  ]
  const b64 = (text: string) => ({ b64: Buffer.from(text).toString('base64') })
  test.each([
    ['three axes in rows', 'row', { y: cube }, { predictions: cubeValue }],
    ['three axes in columns', 'columnar', { y: cube }, { outputs: cubeValue }],
    [
      'strings named _bytes',
      'row',
      { y_bytes: strings([2, 1], 'hello', 'world') },
      { predictions: [[b64('hello')], [b64('world')]] },
    ],
    [
      'two outputs in columns',
      'columnar',
      { a: int32([2], 1, 2), b: int32([], 3) },
      { outputs: { a: [1, 2], b: 3 } },
    ],
    ['two outputs without rows', 'row', { a: strings([0, 1, 2]), b: float([0, 3]) }, { predictions: [] }],
    ['empty inner lists', 'row', { y: int32([2, 0]) }, { predictions: [[], []] }],
    ['empty lists in columns', 'columnar', { y: int32([2, 0]) }, { outputs: [[], []] }],
    [
      'strings that need escapes',
      'row',
      { y: strings([1], 'a"\\\n\u0001é') },
      { predictions: ['a"\\\n\u0001é'] },
    ],
  ] as const)('writes %s', (_situation, layout, outputs, value) => {
    expect(JSON.parse(encode(layout, outputs))).toEqual(value)
  })

  test('writes what is not finite bare', () => {
    expect(encode('row', { y: float([2, 2], Number.NaN, Infinity, 3, -Infinity) })).toContain(
      '[[NaN, Infinity], [3.0, -Infinity]',
    )
  })

  test('writes large outputs beyond the memory that it keeps', () => {
    const values = Array.from({ length: 30_000 }, (_, index) => Math.fround(index / 3))
    const text = encode('columnar', { y: float([30_000], ...values) })
    expect(JSON.parse(text).outputs.map(Math.fround)).toEqual(values)
  })

  test.each([
    [{}, 'Cannot convert empty tensor map to JSON'],
    [{ y: int32([], 1) }, 'Tensor name: y has no shape information '],
    [{ a: int32([1], 1), b: int32([2], 1, 2) }, 'Tensor name: b has inconsistent batch size: 2 expecting: 1'],
  ])('refuses %j in rows', (outputs, message) => {
    expect(() => encode('row', outputs)).toThrow(message)
  })
})

test.each(['Bad key: "key"', "Bad key: 'key'", 'line\nbreak\u001f'])('encodeError holds %j', (message) => {
  const text = Buffer.from(encodeError(message)).toString()
  expect(JSON.parse(text)).toEqual({ error: message })
  expect(text.startsWith('{\n    "error": "')).toBe(true)
})

test.each(['complex64', 'complex128'] as const)('%s outputs are refused, before and after a run', (dtype) => {
  const refusal = `Failed to write JSON value for tensor type: ${dtype}`
  expect(() => checkOutputTypes(signatureOf({}, { y: { dtype } }))).toThrow(refusal)
  const y: Tensor = { dtype, shape: [1], data: new Uint8Array(16) }
  expect(() => encodePredict('row', new Map([['y', y]]))).toThrow(refusal)
})
