import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  asked,
  at,
  context,
  type Datum,
  job,
  loss,
  type MetricsBed,
  openMetricsBed,
  type Statistics,
} from '../testing/metrics-bed.ts'

let bed: MetricsBed
beforeEach(() => {
  bed = openMetricsBed()
})
afterEach(() => bed[Symbol.dispose]())

const statistics = (more?: Partial<Statistics>) => bed.statistics(more)
const averages = (more?: Partial<Statistics>) => bed.averages(more)

describe('GetMetricStatistics', () => {
  it('tells every statistic of each minute', async () => {
    await bed.put(loss(1, at(1, 5)), loss(4, at(1, 55)), loss(7, at(3)))
    const Statistics = ['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum'] as const
    expect(await bed.handlers.GetMetricStatistics(asked({ Statistics: [...Statistics] }), context)).toEqual({
      Label: 'loss',
      Datapoints: [
        { Timestamp: at(1), SampleCount: 2, Average: 2.5, Sum: 5, Minimum: 1, Maximum: 4, Unit: 'None' },
        { Timestamp: at(3), SampleCount: 1, Average: 7, Sum: 7, Minimum: 7, Maximum: 7, Unit: 'None' },
      ],
    })
  })

  it.each<[string, Partial<Statistics>, [Date, number][]]>([
    [
      'minutes from the start, which is rounded down, to before the end',
      { StartTime: at(1, 59), EndTime: at(3) },
      [
        [at(1), 1],
        [at(2), 2],
      ],
    ],
    ['a part of the last minute', { StartTime: at(2), EndTime: at(2, 1) }, [[at(2), 2]]],
    ['nothing beside', { StartTime: at(5), EndTime: at(6) }, []],
    [
      'longer periods from the start on',
      { StartTime: at(0), Period: 120 },
      [
        [at(0), 1],
        [at(2), 2.5],
      ],
    ],
    [
      'whole minutes in periods of seconds',
      { StartTime: at(0), EndTime: at(3), Period: 10 },
      [
        [at(1), 1],
        [at(2), 2],
      ],
    ],
    ['another metric', { MetricName: 'accuracy' }, []],
    ['another namespace', { Namespace: 'Other' }, []],
    ['another job', { Dimensions: job('cifar') }, []],
    ['no dimensions', { Dimensions: [] }, []],
    ['another unit', { Unit: 'Seconds' }, []],
  ])('finds %s', async (_, more, expected) => {
    await bed.put(loss(1, at(1)), loss(2, at(2)), loss(3, at(3)))
    expect(await averages(more)).toEqual(expected)
  })

  it('keeps units apart, and takes dimensions in any order', async () => {
    const Dimensions = [
      { Name: 'b', Value: '2' },
      { Name: 'a', Value: '1' },
    ]
    await bed.put(
      loss(1, at(1), { Unit: 'Seconds', Dimensions }),
      loss(3, at(1), { Unit: 'Bytes', Dimensions }),
    )
    const found = await statistics({ Dimensions: [...Dimensions].reverse() })
    expect(found?.map(({ Unit, Average }) => [Unit, Average])).toEqual([
      ['Bytes', 3],
      ['Seconds', 1],
    ])
    expect(await averages({ Dimensions, Unit: 'Bytes' })).toEqual([[at(1), 3]])
  })

  it('knows after a restart what it knew before', async () => {
    await bed.put(loss(1, at(1)))
    bed.reopen()
    await bed.put(loss(2, at(1)))
    expect(await averages()).toEqual([[at(1), 1.5]])
  })

  it.each<[string, Partial<Statistics>, string, string]>([
    [
      'an end before the start',
      { EndTime: at(0) },
      'InvalidParameterValue',
      'The parameter StartTime must be less than the parameter EndTime.',
    ],
    [
      'half a minute',
      { Period: 90 },
      'InvalidParameterValue',
      'The parameter Period must be a multiple of 60.',
    ],
    [
      'no statistic',
      { Statistics: undefined },
      'InvalidParameterCombination',
      'At least one of the parameters Statistics and ExtendedStatistics must be specified.',
    ],
    [
      'both kinds of statistics',
      { ExtendedStatistics: ['p90'] },
      'InvalidParameterCombination',
      'The parameters Statistics and ExtendedStatistics are mutually exclusive and you have specified both.',
    ],
    [
      'an extended statistic that is none',
      { Statistics: undefined, ExtendedStatistics: ['p90', 'p101'] },
      'InvalidParameterValue',
      'The value p101 for parameter ExtendedStatistics.member.2 is not supported.',
    ],
    [
      'too much at once',
      { StartTime: new Date('2026-11-19T12:00:00Z'), EndTime: new Date('2026-11-21T12:00:00Z') },
      'InvalidParameterCombination',
      'You have requested up to 2,880 datapoints, which exceeds the limit of 1,440. You may reduce the datapoints requested by increasing Period, or decreasing the time range.',
    ],
    [
      'too much at once in periods of seconds',
      { Period: 1 },
      'InvalidParameterCombination',
      'You have requested up to 3,540 datapoints, which exceeds the limit of 1,440. You may reduce the datapoints requested by increasing Period, or decreasing the time range.',
    ],
  ])('refuses %s', async (_, more, code, message) => {
    await expect(bed.handlers.GetMetricStatistics(asked(more), context)).rejects.toMatchObject({
      code,
      message,
    })
  })
})

describe('extended statistics', () => {
  const extended = (more: Partial<Statistics> = {}) =>
    statistics({ Statistics: undefined, ExtendedStatistics: ['p50', 'tm75'], ...more })
  const put = (minute: number, values: Partial<Datum>) =>
    bed.put({ MetricName: 'loss', Dimensions: job('mnist'), Timestamp: at(minute), ...values })

  it('are made of the single values of each period', async () => {
    await bed.put(loss(1, at(1, 5)), loss(4, at(1, 55)), loss(7, at(3)))
    expect(await extended()).toEqual([
      { Timestamp: at(1), ExtendedStatistics: { p50: 1, tm75: 2 }, Unit: 'None' },
      { Timestamp: at(3), ExtendedStatistics: { p50: 7, tm75: 7 }, Unit: 'None' },
    ])
    expect(await extended({ StartTime: at(0), Period: 300 })).toEqual([
      { Timestamp: at(0), ExtendedStatistics: { p50: 4, tm75: (1 + 4 + 7 * 0.25) / 2.25 }, Unit: 'None' },
    ])
  })

  it.each<[string, Partial<Datum>, number | undefined]>([
    ['values and how often each was met', { Values: [1, 2, 9], Counts: [2, 3, 1] }, 2],
    ['a set of one value', { StatisticValues: { SampleCount: 1, Sum: 3, Minimum: 3, Maximum: 3 } }, 3],
    ['a set of equal values', { StatisticValues: { SampleCount: 4, Sum: 8, Minimum: 2, Maximum: 2 } }, 2],
    [
      'a set of several values',
      { StatisticValues: { SampleCount: 2, Sum: 3, Minimum: 1, Maximum: 2 } },
      undefined,
    ],
    ['a negative value', { Values: [-1, 5, 6] }, undefined],
  ])('know %s', async (_, values, expected) => {
    await put(1, values)
    expect((await extended())?.map((point) => point.ExtendedStatistics?.p50)).toEqual(
      expected === undefined ? [] : [expected],
    )
  })

  it('are not there for a period of which only some values are known', async () => {
    await put(1, { StatisticValues: { SampleCount: 2, Sum: 3, Minimum: 1, Maximum: 2 } })
    await put(1, { Value: 3 })
    await put(2, { Value: 4 })
    expect((await extended())?.map(({ Timestamp }) => Timestamp)).toEqual([at(2)])
    expect(await extended({ StartTime: at(0), Period: 300 })).toEqual([])
  })

  it('keep units apart, and outlive a restart', async () => {
    await put(1, { Value: 1, Unit: 'Seconds' })
    bed.reopen()
    await put(1, { Value: 2, Unit: 'Seconds' })
    await put(1, { Value: 3, Unit: 'Bytes' })
    const told = (await extended())?.map(({ Unit, ExtendedStatistics }) => [Unit, ExtendedStatistics?.tm75])
    expect(told).toEqual([
      ['Bytes', 3],
      ['Seconds', 2 / 1.5],
    ])
    expect(await extended({ Unit: 'Percent' })).toEqual([])
  })
})
