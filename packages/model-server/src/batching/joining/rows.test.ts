import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { elementCount, type Tensor } from '../../tensor.ts'
import { joinRows, padTo, sliceRows, splitRows } from './rows.ts'

const int16 = (shape: number[], values: number[]): Tensor => ({
  dtype: 'int16',
  shape,
  data: new Uint8Array(Int16Array.from(values).buffer),
})
const strings = (shape: number[], values: number[]): Tensor => ({
  dtype: 'string',
  shape,
  data: values.map((value) => Buffer.from(`s${value}`)),
})
const values = (tensor: Tensor): unknown[] =>
  tensor.dtype === 'string'
    ? tensor.data.map((bytes) => Number(Buffer.from(bytes).toString().slice(1)))
    : [...new Int16Array(new Uint8Array(tensor.data).buffer)]

describe.each([
  ['numbers', int16],
  ['strings', strings],
])('%s', (_what, make) => {
  test('joined are split again, and rows that fill up are the first of the last tensor', () => {
    const [a, b] = [make([1, 2], [1, 2]), make([2, 2], [3, 4, 5, 6])]
    const joined = joinRows([a, b], 5)
    expect(joined.shape).toEqual([5, 2])
    expect(values(joined)).toEqual([1, 2, 3, 4, 5, 6, 3, 4, 3, 4])
    expect(splitRows(joined, [1, 2]).map((part) => [part.shape, values(part)])).toEqual([
      [
        [1, 2],
        [1, 2],
      ],
      [
        [2, 2],
        [3, 4, 5, 6],
      ],
    ])
  })

  test('rows of no elements can be joined', () => {
    expect(joinRows([make([1, 0], []), make([1, 0], [])], 4).shape).toEqual([4, 0])
  })

  test.each([
    [[2], [1, 2], [4], [1, 2, 1, 1]],
    [
      [2, 1],
      [7, 8],
      [2, 3],
      [7, 7, 7, 8, 7, 7],
    ],
    [
      [1, 2, 1],
      [1, 2],
      [1, 2, 2],
      [1, 1, 2, 1],
    ],
    [
      [1, 1, 2],
      [1, 2],
      [1, 2, 2],
      [1, 2, 1, 1],
    ],
    [
      [1, 2, 2],
      [1, 2, 3, 4],
      [1, 2, 2],
      [1, 2, 3, 4],
    ],
  ])('of shape %j, %j filled up to %j are %j', (shape, given, wanted, expected) => {
    const padded = padTo(make(shape, given), wanted)
    expect([padded.shape, values(padded)]).toEqual([wanted, expected])
  })

  test('any cut and join gives back the same', () => {
    const shapes = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(shapes, fc.nat(3), (shape, at) => {
        const tensor = make(
          shape,
          Array.from({ length: elementCount(shape) }, (_, index) => index),
        )
        const rows = shape[0] ?? 0
        const cut = Math.min(at, rows)
        const joined = joinRows([sliceRows(tensor, 0, cut), sliceRows(tensor, cut, rows)], rows)
        expect([joined.shape, values(joined)]).toEqual([shape, values(tensor)])
      }),
      { numRuns: 50 },
    )
  })
})
