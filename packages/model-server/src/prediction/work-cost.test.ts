import { expect, test } from 'vitest'
import { smallBodyBytes, WorkCost } from './work-cost.ts'

function after(...micros: readonly number[]): number | undefined {
  const cost = new WorkCost()
  for (const one of micros) cost.observe(one)
  return cost.expectedMicros
}

test('a cost is unknown until it is measured', () => {
  expect(after()).toBeUndefined()
  expect(after(80)).toBe(80)
})

test.each([
  ['a first slow request is forgotten', [50_000, ...new Array<number>(30).fill(80)], 70, 100],
  [
    'a request in three that is held up does not count',
    new Array(300).fill(0).map((_, index) => (index % 3 === 0 ? 20_000 : 80)),
    70,
    150,
  ],
  ['a model that has become slow is noticed', [80, ...new Array<number>(200).fill(5000)], 3000, 5000],
])('%s', (_situation, micros, least, most) => {
  const cost = after(...micros) ?? 0
  expect(cost).toBeGreaterThan(least)
  expect(cost).toBeLessThan(most)
})

test('small requests cost what they cost, larger ones by their size', () => {
  const cost = new WorkCost()
  cost.observe(80, smallBodyBytes)
  expect(cost.expectedMicrosOf(1)).toBe(80)
  expect(cost.expectedMicrosOf(1_000_000)).toBeUndefined()
  cost.observe(500, 100_000)
  expect(cost.expectedMicrosOf(200_000)).toBe(1000)
  expect(cost.expectedMicros).toBe(80)
})

test('where the request decides, nothing is ever known', () => {
  const cost = new WorkCost({ isPredictable: false })
  cost.observe(10)
  expect(cost.expectedMicros).toBeUndefined()
})
