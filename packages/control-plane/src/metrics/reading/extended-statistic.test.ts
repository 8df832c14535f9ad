import { describe, expect, it } from 'vitest'
import type { Distribution } from '../store/distribution.ts'
import { extendedStatistic } from './extended-statistic.ts'

const tenths: Distribution = Array.from({ length: 10 }, (_, index) => [index + 1, 1])

describe('extendedStatistic', () => {
  it.each<[string, Distribution, number]>([
    ['p50', tenths, 5],
    ['p90', tenths, 9],
    ['p91', tenths, 10],
    ['p0', tenths, 1],
    ['p0.0', tenths, 1],
    ['p100', tenths, 10],
    [
      'p99.9',
      [
        [1, 999],
        [7, 1],
      ],
      1,
    ],
    [
      'p99.91',
      [
        [1, 999],
        [7, 1],
      ],
      7,
    ],
    ['p50', [[0.25, 1]], 0.25],
    [
      'p25',
      [
        [1, 1],
        [2, 3],
      ],
      1,
    ],
    ['tm50', tenths, 3],
    ['tm90', tenths, 5],
    ['tm100', tenths, 5.5],
    ['tm0', tenths, 1],
    [
      'tm75',
      [
        [1, 2],
        [4, 2],
      ],
      2,
    ],
  ])('%s', (name, values, expected) => {
    expect(extendedStatistic(name)?.(values)).toBeCloseTo(expected, 12)
  })

  it.each(['p', 'p101', 'p-1', 'p100.1', 'P50', 'p50 ', 'tm', 'wm90', 'IQM', 'TM(1%:9%)', 'constructor', ''])(
    'is not %j',
    (name) => {
      expect(extendedStatistic(name)).toBeUndefined()
    },
  )
})
