import { describe, expect, it } from 'vitest'
import { StatisticSets } from './statistic-sets.ts'

const measured = (...values: number[]) => values.map((value) => ({ name: 'loss', value }))

describe('StatisticSets', () => {
  it('tells few values one by one, and each minute by itself', () => {
    const sets = new StatisticSets()
    sets.add(measured(4, 0.5, 4), 1)
    sets.add(measured(2), 1)
    sets.add(measured(1), 2)
    const values = sets.take(9).map((set) => [set.minute, set.count, [...(set.values ?? [])]])
    expect(values).toEqual([
      [
        1,
        4,
        [
          [4, 2],
          [0.5, 1],
          [2, 1],
        ],
      ],
      [2, 1, [[1, 1]]],
    ])
    expect(sets.take(9)).toEqual([])
  })

  it('tells many values as one set', () => {
    const sets = new StatisticSets()
    sets.add(measured(...Array.from({ length: 151 }, (_, index) => index)), 1)
    sets.add(measured(7, 7), 1)
    expect(sets.take(1)).toEqual([
      { name: 'loss', minute: 1, count: 153, sum: 11_339, minimum: 0, maximum: 150, values: undefined },
    ])
  })
})
