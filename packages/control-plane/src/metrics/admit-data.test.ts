import type { cloudWatch, InputOf } from '@sagebrush/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  at,
  context,
  type Datum,
  job,
  loss,
  type MetricsBed,
  Namespace,
  now,
  openMetricsBed,
  type Statistics,
} from './testing/metrics-bed.ts'

let bed: MetricsBed
beforeEach(() => {
  bed = openMetricsBed()
})
afterEach(() => bed[Symbol.dispose]())

type Put = InputOf<typeof cloudWatch, 'PutMetricData'>
const statistics = (more?: Partial<Statistics>) => bed.statistics(more)
const averages = (more?: Partial<Statistics>) => bed.averages(more)

describe('PutMetricData', () => {
  it.each<[string, Partial<Datum>, number[]]>([
    ['a value', { Value: 3 }, [1, 3, 3, 3]],
    [
      'a set of statistics',
      { StatisticValues: { SampleCount: 4, Sum: 10, Minimum: 1, Maximum: 5 } },
      [4, 10, 1, 5],
    ],
    ['values', { Values: [1, 2, 3] }, [3, 6, 1, 3]],
    ['values and how often each was met', { Values: [1, 2, 9], Counts: [2, 3, 0] }, [5, 8, 1, 2]],
  ])('takes %s', async (_, datum, [SampleCount, Sum, Minimum, Maximum]) => {
    await bed.put({ MetricName: 'loss', Dimensions: job('mnist'), Timestamp: at(1), ...datum })
    const found = await statistics({ Statistics: ['SampleCount', 'Sum', 'Minimum', 'Maximum'] })
    expect(found).toEqual([{ Timestamp: at(1), SampleCount, Sum, Minimum, Maximum, Unit: 'None' }])
  })

  it('takes now for a datum without a time, and metrics of entities', async () => {
    const MetricData = [{ MetricName: 'loss', Dimensions: job('mnist'), Value: 1 }]
    await bed.handlers.PutMetricData({ Namespace, EntityMetricData: [{ MetricData }] }, context)
    const hour = { StartTime: at(59), EndTime: new Date(now.getTime() + 60_000) }
    expect(await averages(hour)).toEqual([[new Date('2026-11-21T12:00:00Z'), 1]])
  })

  it.each<[string, Partial<Put>, string, string]>([
    ['nothing', { MetricData: [] }, 'MissingParameter', 'The parameter MetricData is required.'],
    [
      'a namespace of AWS',
      { Namespace: 'AWS/EC2' },
      'InvalidParameterValue',
      'The value AWS/EC2 for parameter Namespace is invalid.',
    ],
    [
      'what is no number',
      { MetricData: [loss(Number.NaN, at(1))] },
      'InvalidParameterValue',
      'The value NaN for parameter MetricData.member.1.Value is invalid.',
    ],
    [
      'what is without end',
      { MetricData: [loss(1, at(1)), loss(Number.NEGATIVE_INFINITY, at(1))] },
      'InvalidParameterValue',
      'The value -Infinity for parameter MetricData.member.2.Value is invalid.',
    ],
    [
      'a datum without a value',
      { MetricData: [{ MetricName: 'loss' }] },
      'MissingParameter',
      'At least one of the parameters MetricData.member.1.Value, MetricData.member.1.StatisticValues, MetricData.member.1.Values must be specified.',
    ],
    [
      'two kinds of values',
      { MetricData: [loss(1, at(1), { Values: [1] })] },
      'InvalidParameterCombination',
      'The parameters MetricData.member.1.Value and MetricData.member.1.Values are mutually exclusive and you have specified both.',
    ],
    [
      'values without their counts',
      { MetricData: [{ MetricName: 'loss', Values: [1, 2], Counts: [1] }] },
      'InvalidParameterValue',
      'The parameters MetricData.member.1.Values and MetricData.member.1.Counts must be of the same size.',
    ],
    [
      'the distant past',
      { MetricData: [loss(1, new Date('2026-11-01T00:00:00Z'))] },
      'InvalidParameterValue',
      'The parameter MetricData.member.1.Timestamp must specify a time within the past two weeks.',
    ],
    [
      'the future',
      { MetricData: [loss(1, new Date('2026-11-21T15:00:00Z'))] },
      'InvalidParameterValue',
      'The parameter MetricData.member.1.Timestamp must specify a time no more than two hours in the future.',
    ],
    [
      'a dimension twice',
      { MetricData: [loss(1, at(1), { Dimensions: [...job('a'), ...job('b')] })] },
      'InvalidParameterValue',
      'The parameter MetricData.member.1.Dimensions has more than one dimension TrainingJobName.',
    ],
    [
      'too many at once',
      { MetricData: Array(1001).fill(loss(1, at(1))) },
      'InvalidParameterValue',
      'The collection MetricData must not have a size greater than 1000.',
    ],
  ])('refuses %s, and keeps nothing of the call', async (_, more, code, message) => {
    const input = { Namespace, MetricData: [loss(1, at(1))], ...more }
    await expect(bed.handlers.PutMetricData(input, context)).rejects.toMatchObject({ code, message })
    expect((await bed.handlers.ListMetrics({}, context)).Metrics).toEqual([])
  })
})
