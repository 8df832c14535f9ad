import { expect, test } from 'vitest'
import { Histogram } from './histogram.ts'

const bucketsOf = (values: readonly number[]): number[] => {
  const histogram = new Histogram({ scale: 10, growth: 1.8, count: 33 })
  for (const value of values) histogram.observe(value)
  return [...histogram.counts]
}

test('each bound belongs to its own bucket, and what is just above it to the next', () => {
  const { bounds } = new Histogram({ scale: 10, growth: 1.8, count: 33 })
  const each = new Array(34).fill(1)
  expect(bucketsOf([...bounds, Number.POSITIVE_INFINITY])).toEqual(each)
  expect(bucketsOf([0, ...bounds.map((bound) => bound * 1.0000001)])).toEqual(each)
})

test.each([
  ['nothing', 0, 0],
  ['less than nothing', -5, 0],
  ['the largest number', Number.MAX_VALUE, 33],
])('%s has a bucket', (_situation, value, bucket) => {
  expect(bucketsOf([value]).indexOf(1)).toBe(bucket)
})

test('sums what was observed', () => {
  const histogram = new Histogram({ scale: 1, growth: 2, count: 3 })
  for (const value of [0.5, 2, 100, -1]) histogram.observe(value)
  expect([histogram.sum, [...histogram.counts]]).toEqual([102.5, [2, 1, 0, 1]])
})
