import type { cloudWatch, InputOf } from '@sagebrush/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { at, context, job, loss, type MetricsBed, Namespace, openMetricsBed } from '../testing/metrics-bed.ts'

let bed: MetricsBed
beforeEach(() => {
  bed = openMetricsBed()
})
afterEach(() => bed[Symbol.dispose]())

type Data = InputOf<typeof cloudWatch, 'GetMetricData'>

describe('GetMetricData', () => {
  const query = (Id: string, MetricName: string, Stat = 'Average') => ({
    Id,
    MetricStat: { Metric: { Namespace, MetricName, Dimensions: job('mnist') }, Period: 60, Stat },
  })
  const get = (MetricDataQueries: Data['MetricDataQueries'], more: Partial<Data> = {}) =>
    bed.handlers.GetMetricData({ MetricDataQueries, StartTime: at(0), EndTime: at(59), ...more }, context)

  it('answers several questions, the newest value first', async () => {
    await bed.put(loss(1, at(1)), loss(2, at(2)), loss(9, at(2), { MetricName: 'accuracy' }))
    const hidden = { ...query('c', 'loss'), ReturnData: false }
    const named = { ...query('b', 'accuracy', 'Sum'), Label: 'sum' }
    expect(await get([query('a', 'loss'), named, hidden, query('d', 'none')])).toEqual({
      MetricDataResults: [
        { Id: 'a', Label: 'loss', Timestamps: [at(2), at(1)], Values: [2, 1], StatusCode: 'Complete' },
        { Id: 'b', Label: 'sum', Timestamps: [at(2)], Values: [9], StatusCode: 'Complete' },
        { Id: 'd', Label: 'none', Timestamps: [], Values: [], StatusCode: 'Complete' },
      ],
      Messages: [],
    })
  })

  it('hands out pages that together tell all', async () => {
    await bed.put(...[1, 2, 3].map((value) => loss(value, at(value))))
    await bed.put(loss(4, at(4), { MetricName: 'accuracy' }))
    const queries = [query('a', 'loss'), query('b', 'accuracy')]
    const values: (readonly [string | undefined, number[] | undefined, string | undefined])[] = []
    let NextToken: string | undefined
    do {
      const page = await get(queries, { MaxDatapoints: 2, ScanBy: 'TimestampAscending', NextToken })
      for (const { Id, Values, StatusCode } of page.MetricDataResults ?? [])
        values.push([Id, Values, StatusCode])
      NextToken = page.NextToken
    } while (NextToken !== undefined)
    expect(values).toEqual([
      ['a', [1, 2], 'PartialData'],
      ['a', [3], 'Complete'],
      ['b', [4], 'Complete'],
    ])
  })

  it('answers percentiles, of all units together', async () => {
    await bed.put(loss(1, at(1)), loss(3, at(1)), loss(9, at(1), { Unit: 'Bytes' }), loss(4, at(2)))
    const { MetricDataResults } = await get([query('a', 'loss', 'p50'), query('b', 'loss', 'tm50')])
    expect(MetricDataResults?.map(({ Timestamps, Values }) => [Timestamps, Values])).toEqual([
      [
        [at(2), at(1)],
        [4, 3],
      ],
      [
        [at(2), at(1)],
        [4, (1 + 3 * 0.5) / 1.5],
      ],
    ])
  })

  it('works formulas out, page by page', async () => {
    await bed.put(...[1, 2, 3].map((value) => loss(value, at(value))))
    await bed.put(loss(8, at(2), { MetricName: 'accuracy' }))
    const queries = [
      { ...query('a', 'loss'), ReturnData: false },
      { Id: 'sum', Expression: 'SUM(METRICS())' },
      { Id: 'ratio', Expression: 'b / a', Label: 'ratio of both' },
      query('b', 'accuracy'),
    ]
    const told: unknown[] = []
    let NextToken: string | undefined
    do {
      const page = await get(queries, { MaxDatapoints: 2, NextToken })
      for (const { Label, Timestamps, Values } of page.MetricDataResults ?? [])
        told.push([Label, Timestamps, Values])
      NextToken = page.NextToken
    } while (NextToken !== undefined)
    expect(told).toEqual([
      ['sum', [at(3), at(2)], [3, 10]],
      ['sum', [at(1)], [1]],
      ['ratio of both', [at(2)], [4]],
      ['accuracy', [at(2)], [8]],
    ])
  })

  it('tells each series of a formula by itself', async () => {
    await bed.put(loss(1, at(1)), loss(2, at(2)), loss(9, at(2), { MetricName: 'accuracy' }))
    const { MetricDataResults } = await get(
      [query('a', 'loss'), query('b', 'accuracy'), { Id: 'e', Expression: 'METRICS() * 2' }],
      {
        ScanBy: 'TimestampAscending',
      },
    )
    expect(MetricDataResults?.slice(2)).toEqual([
      { Id: 'e', Label: 'loss', Timestamps: [at(1), at(2)], Values: [2, 4], StatusCode: 'Complete' },
      { Id: 'e', Label: 'accuracy', Timestamps: [at(2)], Values: [18], StatusCode: 'Complete' },
    ])
  })

  it.each<[string, Data['MetricDataQueries'], Partial<Data>, string]>([
    ['nonsense', [{ Id: 'a', Expression: 'SUM(' }], {}, 'ValidationException'],
    [
      'a formula and a metric in one',
      [{ ...query('a', 'loss'), Expression: 'b' }],
      {},
      'ValidationException',
    ],
    ['a question without a metric', [{ Id: 'a' }], {}, 'ValidationException'],
    ['the same name twice', [query('a', 'loss'), query('a', 'loss')], {}, 'ValidationException'],
    ['a name that is none', [query('A b', 'loss')], {}, 'ValidationException'],
    ['a percentile that is none', [query('a', 'loss', 'p101')], {}, 'ValidationException'],
    ['a name of every object', [query('a', 'loss', 'constructor')], {}, 'ValidationException'],
    ['an end before the start', [query('a', 'loss')], { EndTime: at(0) }, 'ValidationException'],
    ['a token that is none', [query('a', 'loss')], { NextToken: 'x' }, 'InvalidNextToken'],
  ])('refuses %s', async (_, queries, more, code) => {
    await expect(get(queries, more)).rejects.toMatchObject({ code })
  })
})
