import { expect, test } from 'vitest'
import { exactRange, rangeAsked, rangeOfPart } from './byte-range.ts'

test.each([
  ['bytes=0-0', 10, { start: 0, end: 0 }],
  ['bytes=2-5', 10, { start: 2, end: 5 }],
  ['bytes=2-', 10, { start: 2, end: 9 }],
  ['bytes=2-99', 10, { start: 2, end: 9 }],
  ['bytes=-3', 10, { start: 7, end: 9 }],
  ['bytes=-99', 10, { start: 0, end: 9 }],
  ['bytes=10-', 10, 'unsatisfiable'],
  ['bytes=99-100', 10, 'unsatisfiable'],
  ['bytes=-0', 10, 'unsatisfiable'],
  ['bytes=0-', 0, 'unsatisfiable'],
  ['bytes=-1', 0, 'unsatisfiable'],
  ['bytes=5-2', 10, 'whole'],
  ['bytes=0-1,3-4', 10, 'whole'],
  ['bytes=-', 10, 'whole'],
  ['bytes=a-b', 10, 'whole'],
  ['lines=0-1', 10, 'whole'],
  ['bytes=0-99999999999999999999999', 10, { start: 0, end: 9 }],
] as const)('%s of %i bytes is %j', (header, size, expected) => {
  expect(rangeAsked(header, size)).toEqual(expected)
})

test.each([
  ['bytes=0-9', 10, { start: 0, end: 9 }],
  ['bytes=0-10', 10, 'outside'],
  ['bytes=0-', 10, 'malformed'],
  ['bytes=-3', 10, 'malformed'],
  ['bytes=3-2', 10, 'malformed'],
] as const)('%s to be copied of %i bytes is %j', (header, size, expected) => {
  expect(exactRange(header, size)).toEqual(expected)
})

test.each([
  [1, { start: 0, end: 4 }],
  [2, { start: 5, end: 6 }],
  [3, undefined],
  [0, undefined],
])('part %i of 5 and 2 bytes is %j', (number, expected) => {
  expect(rangeOfPart([5, 2], number)).toEqual(expected)
})
