import { describe, expect, test } from 'vitest'
import type { TensorMap } from '../../tensor.ts'
import { checkOutputRows, largestShape, paddedRowCount, pieceSizes, rowCount, rowKind } from './plan.ts'

const floats = (...shapes: number[][]): TensorMap =>
  new Map(
    shapes.map((shape, index) => [
      `t${index}`,
      { dtype: 'float32', shape, data: new Uint8Array(0) } as const,
    ]),
  )

describe('rows of a request', () => {
  test.each([
    [[[3, 2]], 3],
    [[[3, 2], [3]], 3],
    [[[0]], 0],
  ])('%j', (shapes, rows) => expect(rowCount(floats(...shapes))).toBe(rows))

  test.each([
    [[[]], 'Batching Run() input tensors must have at least one dimension'],
    [[[2], []], 'Batching Run() input tensors must have at least one dimension'],
    [[[2], [3]], 'Batching Run() input tensors must have equal 0th-dimension size'],
  ])('%j has none', (shapes, message) => expect(() => rowCount(floats(...shapes))).toThrow(message))
})

describe('requests are joined', () => {
  test.each([
    ['of different size', [[1, 2]], [[5, 2]], false, true],
    ['with rows of different size', [[1, 2]], [[1, 3]], false, false],
    ['with rows of different size, padding on', [[1, 2]], [[1, 3]], true, true],
    ['of different rank', [[1]], [[1, 1]], false, false],
    ['of different rank, padding on', [[1]], [[1, 1]], true, false],
    ['of a rank beyond 6, padding on', [[1, 1, 1, 1, 1, 1, 2]], [[1, 1, 1, 1, 1, 1, 3]], true, false],
    ['with other inputs', [[1]], [[1], [1]], false, false],
  ])('%s', (_situation, one, other, padding, joined) => {
    expect(rowKind(floats(...one), padding) === rowKind(floats(...other), padding)).toBe(joined)
  })
})

test.each([
  [1, [], 1],
  [3, [2, 4, 8], 4],
  [4, [2, 4, 8], 4],
  [9, [2, 4, 8], 9],
])('a batch of %d with sizes %j runs with %d rows', (rows, allowed, expected) => {
  expect(paddedRowCount(rows, allowed)).toBe(expected)
})

test.each([
  [3, 0, 4, [3]],
  [3, 2, 4, [2, 1]],
  [10, 1, 4, [1, 4, 4, 1]],
  [8, 0, 4, [4, 4]],
  [3, 4, 4, [3]],
])('%d rows, room for %d, batches of %d: pieces %j', (rows, room, largest, expected) => {
  expect(pieceSizes(rows, room, largest)).toEqual(expected)
})

test('the largest shape is the largest along each axis', () => {
  const shapes = [
    [1, 5, 2],
    [3, 1, 4],
  ]
  expect(largestShape(shapes)).toEqual([3, 5, 4])
})

test.each([
  [[], 'Batched output tensor has 0 dimensions'],
  [
    [1],
    "Batched output tensor's 0th dimension does not equal the sum of the 0th dimension sizes of the input tensors",
  ],
])('an output of shape %j is no answer to two rows', (shape, message) => {
  expect(() => checkOutputRows(floats(shape), 2)).toThrow(message)
})
