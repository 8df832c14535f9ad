import { expect, test } from 'vitest'
import { afterKey, afterPrefix, compareKeys } from './key-order.ts'

test.each([
  ['photos/', 'photos0'],
  ['a', 'b'],
  ['a\u{10ffff}', 'b'],
  ['\ud7ff', '\ue000'],
  ['\uffff', '\u{10000}'],
  ['😀', '😁'],
  ['', undefined],
  ['\u{10ffff}', undefined],
])('the least key above all that start with %j is %j', (prefix, expected) => {
  expect(afterPrefix(prefix)).toBe(expected)
})

test.each([
  ['a', 'b', -1],
  ['a', 'a', 0],
  ['a/b', 'a', 1],
  ['\uffff', '😀', -1],
  ['Z', 'a', -1],
])('%j against %j is %i', (a, b, expected) => {
  expect(compareKeys(a, b)).toBe(expected)
})

test('nothing lies between a key and the least key above it', () => {
  expect(compareKeys('a', afterKey('a'))).toBe(-1)
  expect(compareKeys(afterKey('a'), 'a\0\0')).toBe(-1)
})
