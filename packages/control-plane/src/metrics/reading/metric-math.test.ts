import { describe, expect, it } from 'vitest'
import { pointsOf } from '../math/series.ts'
import { MetricMath } from './metric-math.ts'

const metric = (Id: string, MetricName = 'loss') => ({
  Id,
  MetricStat: { Metric: { Namespace: 'n', MetricName }, Period: 60, Stat: 'Average' },
})
const formula = (Id: string, Expression: string, more: object = {}) => ({ Id, Expression, ...more })

function told(queries: ConstructorParameters<typeof MetricMath>[0], id: string) {
  const reads: string[] = []
  const math = new MetricMath(queries, ({ Id }) => {
    reads.push(Id)
    return pointsOf([[1, Id.length]])
  })
  const [query] = queries.filter(({ Id }) => Id === id)
  const series = query ? math.seriesOf(query) : []
  return { reads, series: series.map(({ label, points }) => `${label} ${[...points.values()]}`) }
}

describe('MetricMath', () => {
  it('reads each metric once, and only what a formula asks for', () => {
    const queries = [
      metric('m'),
      metric('mm'),
      metric('other'),
      formula('e', 'm + m * d'),
      formula('d', 'mm / m'),
    ]
    expect(told(queries, 'e')).toEqual({ reads: ['m', 'mm'], series: ['e 3'] })
  })

  it('works out 500 long formulas that build on one another', () => {
    const long = `${'-'.repeat(199)}0${'+m'.repeat(100)}`
    const chain = Array.from({ length: 498 }, (_, index) => formula(`e${index}`, `${long}+0*e${index + 1}`))
    expect(told([metric('m'), ...chain, formula('e498', 'm')], 'e0')).toEqual({
      reads: ['m'],
      series: ['e0 100'],
    })
  })

  it('names a series by its label, or its id', () => {
    const queries = [metric('m'), formula('e', 'm'), formula('f', 'm', { Label: 'mine' })]
    expect(told(queries, 'e').series).toEqual(['e 1'])
    expect(told(queries, 'f').series).toEqual(['mine 1'])
  })

  it('tells several series, each by the name of its metric', () => {
    const queries = [
      metric('m'),
      metric('mm', 'accuracy'),
      formula('e', 'METRICS()'),
      formula('f', 'METRICS("mm") * 2', { Label: 'twice' }),
    ]
    expect(told(queries, 'e').series).toEqual(['loss 1', 'accuracy 2'])
    expect(told(queries, 'f').series).toEqual(['twice accuracy 4'])
  })

  it.each([
    [
      'a number',
      [formula('e', '1 + 1')],
      "Error in expression 'e': The expression must come to a time series",
    ],
    ['nonsense', [formula('e', '1 +')], "Error in expression 'e': Unexpected end at position 4"],
    [
      'nonsense elsewhere',
      [formula('e', 'd'), formula('d', ')')],
      "Error in expression 'd': Unexpected ')' at position 1",
    ],
    [
      'nonsense that is not asked for',
      [formula('e', '1'), formula('d', '+')],
      "Error in expression 'd': Unexpected end at position 2",
    ],
    ['itself', [formula('e', 'd + 1'), formula('d', '2 * e')], "Error in expression 'e': Circular reference"],
  ])('refuses a formula of %s', (_, queries, message) => {
    expect(() => told(queries, 'e')).toThrow(message)
  })
})
