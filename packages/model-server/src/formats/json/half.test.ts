import { expect, test } from 'vitest'
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from './half.ts'

test('every half and bfloat16 survives the way to a number and back', () => {
  const bits = Array.from({ length: 65536 }, (_, index) => index)
  const numbers = (from: (bits: number) => number) => bits.filter((one) => !Number.isNaN(from(one)))
  expect(numbers(fromFloat16).filter((one) => toFloat16(fromFloat16(one)) !== one)).toEqual([])
  expect(numbers(fromBfloat16).filter((one) => toBfloat16(fromBfloat16(one)) !== one)).toEqual([])
})

test.each([
  [1 + 2 ** -11, 0x3c00],
  [1 + 3 * 2 ** -11, 0x3c02],
  [65519, 0x7bff],
  [65520, 0x7c00],
  [-65520, 0xfc00],
  [2 ** -25, 0],
  [2 ** -24, 1],
  [2047.5 * 2 ** -25, 0x0400],
  [Number.NaN, 0x7e00],
])('a half rounds %d to even', (value, bits) => {
  expect(toFloat16(value)).toBe(bits)
})

test.each([
  [1 + 2 ** -8, 0x3f80],
  [1 + 3 * 2 ** -8, 0x3f82],
  [3.4028234663852886e38, 0x7f80],
  [Number.NaN, 0x7fc0],
])('a bfloat16 rounds %d to even', (value, bits) => {
  expect(toBfloat16(value)).toBe(bits)
})
