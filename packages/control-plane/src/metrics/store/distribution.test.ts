import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countOf, type Distribution, joined } from './distribution.ts'

const spread = (count: number, from = 1): Distribution =>
  Array.from({ length: count }, (_, index) => [from + index / 10_000, 1])

describe('joined', () => {
  it.each<[string, Distribution, Distribution, Distribution]>([
    [
      'values side by side, in order',
      [[2, 1]],
      [
        [1, 1],
        [3, 2],
      ],
      [
        [1, 1],
        [2, 1],
        [3, 2],
      ],
    ],
    ['the counts of one value', [[0.1, 2]], [[0.1, 3]], [[0.1, 5]]],
    ['nothing', [], [], []],
  ])('puts together %s', (_, one, other, expected) => {
    expect(joined(one, other)).toEqual(expected)
  })

  it('tells values apart by fewer digits where there are many', () => {
    const values = joined(spread(400), spread(5000, 1.05))
    expect(values.length).toBeLessThanOrEqual(500)
    expect(countOf(values)).toBe(5400)
    expect(values.every(([value]) => value === Number(value.toPrecision(3)))).toBe(true)
  })

  it('is bounded, ordered and complete, whatever comes', () => {
    const pairs = fc.array(fc.tuple(fc.double({ noNaN: true, min: 0, max: 2 ** 360 }), fc.nat({ max: 9 })), {
      maxLength: 900,
    })
    fc.assert(
      fc.property(pairs, pairs, (one, other) => {
        const values = joined(one, other)
        expect(countOf(values)).toBe(countOf(one) + countOf(other))
        expect(values.every(([value], index) => index === 0 || value > (values[index - 1]?.[0] ?? 0))).toBe(
          true,
        )
      }),
      { numRuns: 30 },
    )
  })
})
