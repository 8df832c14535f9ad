import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { cloudWatch, Handlers, InputOf } from '@sagebrush/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RequestContext } from '../context.ts'
import { openDatabase, type SqliteDatabase } from '../store/sqlite.ts'
import { sqliteMetricStore } from './metric-store.ts'
import { metricsHandlers } from './metrics-handlers.ts'

type Put = InputOf<typeof cloudWatch, 'PutMetricData'>
type Datum = NonNullable<Put['MetricData']>[number]
type Statistics = InputOf<typeof cloudWatch, 'GetMetricStatistics'>
type Data = InputOf<typeof cloudWatch, 'GetMetricData'>

const now = new Date('2026-11-21T12:00:30Z')
const at = (minute: number, second = 0) => new Date(Date.UTC(2026, 10, 21, 11, minute, second))
const context: RequestContext = {
  requestId: 'r',
  region: 'us-west-2',
  account: '123456789012',
  signal: new AbortController().signal,
}
const Namespace = '/aws/sagemaker/TrainingJobs'
const job = (Value: string) => [{ Name: 'TrainingJobName', Value }]

let directory: string
let database: SqliteDatabase
let handlers: Handlers<typeof cloudWatch, RequestContext>
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sagebrush-metrics-'))
  open()
})
afterEach(() => {
  database.close()
  rmSync(directory, { recursive: true })
})

function open(): void {
  database = openDatabase(directory)
  handlers = metricsHandlers({ store: sqliteMetricStore(database), clock: () => now })
}

const put = (...MetricData: Datum[]) => handlers.PutMetricData({ Namespace, MetricData }, context)
const loss = (Value: number, Timestamp: Date, more: Partial<Datum> = {}): Datum => ({
  MetricName: 'loss',
  Dimensions: job('mnist'),
  Value,
  Timestamp,
  ...more,
})
const asked = (more: Partial<Statistics> = {}): Statistics => ({
  Namespace,
  MetricName: 'loss',
  Dimensions: job('mnist'),
  StartTime: at(0),
  EndTime: at(59),
  Period: 60,
  Statistics: ['Average'],
  ...more,
})
const statistics = async (more: Partial<Statistics> = {}) =>
  (await handlers.GetMetricStatistics(asked(more), context)).Datapoints
const averages = async (more: Partial<Statistics> = {}) =>
  (await statistics(more))?.map(({ Timestamp, Average }) => [Timestamp, Average])

describe('GetMetricStatistics', () => {
  it('tells every statistic of each minute', async () => {
    await put(loss(1, at(1, 5)), loss(4, at(1, 55)), loss(7, at(3)))
    const Statistics = ['SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum'] as const
    expect(await handlers.GetMetricStatistics(asked({ Statistics: [...Statistics] }), context)).toEqual({
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
    await put(loss(1, at(1)), loss(2, at(2)), loss(3, at(3)))
    expect(await averages(more)).toEqual(expected)
  })

  it('keeps units apart, and takes dimensions in any order', async () => {
    const Dimensions = [
      { Name: 'b', Value: '2' },
      { Name: 'a', Value: '1' },
    ]
    await put(loss(1, at(1), { Unit: 'Seconds', Dimensions }), loss(3, at(1), { Unit: 'Bytes', Dimensions }))
    const found = await statistics({ Dimensions: [...Dimensions].reverse() })
    expect(found?.map(({ Unit, Average }) => [Unit, Average])).toEqual([
      ['Bytes', 3],
      ['Seconds', 1],
    ])
    expect(await averages({ Dimensions, Unit: 'Bytes' })).toEqual([[at(1), 3]])
  })

  it('knows after a restart what it knew before', async () => {
    await put(loss(1, at(1)))
    database.close()
    open()
    await put(loss(2, at(1)))
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
      'a percentile',
      { Statistics: undefined, ExtendedStatistics: ['p90'] },
      'InvalidParameterValue',
      'The value p90 for parameter ExtendedStatistics.member.1 is not supported: single values are not kept.',
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
    await expect(handlers.GetMetricStatistics(asked(more), context)).rejects.toMatchObject({ code, message })
  })
})

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
    await put({ MetricName: 'loss', Dimensions: job('mnist'), Timestamp: at(1), ...datum })
    const found = await statistics({ Statistics: ['SampleCount', 'Sum', 'Minimum', 'Maximum'] })
    expect(found).toEqual([{ Timestamp: at(1), SampleCount, Sum, Minimum, Maximum, Unit: 'None' }])
  })

  it('takes now for a datum without a time, and metrics of entities', async () => {
    const MetricData = [{ MetricName: 'loss', Dimensions: job('mnist'), Value: 1 }]
    await handlers.PutMetricData({ Namespace, EntityMetricData: [{ MetricData }] }, context)
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
    await expect(handlers.PutMetricData(input, context)).rejects.toMatchObject({ code, message })
    expect((await handlers.ListMetrics({}, context)).Metrics).toEqual([])
  })
})

describe('GetMetricData', () => {
  const query = (Id: string, MetricName: string, Stat = 'Average') => ({
    Id,
    MetricStat: { Metric: { Namespace, MetricName, Dimensions: job('mnist') }, Period: 60, Stat },
  })
  const get = (MetricDataQueries: Data['MetricDataQueries'], more: Partial<Data> = {}) =>
    handlers.GetMetricData({ MetricDataQueries, StartTime: at(0), EndTime: at(59), ...more }, context)

  it('answers several questions, the newest value first', async () => {
    await put(loss(1, at(1)), loss(2, at(2)), loss(9, at(2), { MetricName: 'accuracy' }))
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
    await put(...[1, 2, 3].map((value) => loss(value, at(value))))
    await put(loss(4, at(4), { MetricName: 'accuracy' }))
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

  it.each<[string, Data['MetricDataQueries'], Partial<Data>, string]>([
    ['metric math', [{ Id: 'a', Expression: 'SUM(METRICS())' }], {}, 'ValidationException'],
    ['a question without a metric', [{ Id: 'a' }], {}, 'ValidationException'],
    ['the same name twice', [query('a', 'loss'), query('a', 'loss')], {}, 'ValidationException'],
    ['a name that is none', [query('A b', 'loss')], {}, 'ValidationException'],
    ['a percentile', [query('a', 'loss', 'p99')], {}, 'ValidationException'],
    ['a name of every object', [query('a', 'loss', 'constructor')], {}, 'ValidationException'],
    ['an end before the start', [query('a', 'loss')], { EndTime: at(0) }, 'ValidationException'],
    ['a token that is none', [query('a', 'loss')], { NextToken: 'x' }, 'InvalidNextToken'],
  ])('refuses %s', async (_, queries, more, code) => {
    await expect(get(queries, more)).rejects.toMatchObject({ code })
  })
})

describe('ListMetrics', () => {
  beforeEach(async () => {
    await put(loss(1, at(1)), loss(1, at(1), { Dimensions: job('cifar') }))
    await put(loss(1, new Date('2026-11-20T00:00:00Z'), { MetricName: 'accuracy' }))
    const MetricData = [{ MetricName: 'loss', Value: 1 }]
    await handlers.PutMetricData({ Namespace: 'Own', MetricData }, context)
  })

  it.each<[string, InputOf<typeof cloudWatch, 'ListMetrics'>, string[]]>([
    ['all', {}, ['loss mnist', 'loss cifar', 'accuracy mnist', 'loss -']],
    ['those of a namespace', { Namespace: 'Own' }, ['loss -']],
    ['those of a name', { MetricName: 'accuracy' }, ['accuracy mnist']],
    ['those of a job', { Dimensions: job('mnist') }, ['loss mnist', 'accuracy mnist']],
    [
      'those with a dimension, whatever its value',
      { Dimensions: [{ Name: 'TrainingJobName' }] },
      ['loss mnist', 'loss cifar', 'accuracy mnist'],
    ],
    ['those with new values', { RecentlyActive: 'PT3H' }, ['loss mnist', 'loss cifar', 'loss -']],
  ])('lists %s', async (_, input, expected) => {
    const { Metrics = [] } = await handlers.ListMetrics(input, context)
    const told = Metrics.map(({ MetricName, Dimensions }) => `${MetricName} ${Dimensions?.[0]?.Value ?? '-'}`)
    expect(told).toEqual(expected)
  })

  it('lists more than a page holds', async () => {
    for (const part of [0, 1]) {
      await put(
        ...Array.from({ length: 600 }, (_, index) => loss(1, at(1), { MetricName: `m${part}-${index}` })),
      )
    }
    const input = { Dimensions: job('mnist') }
    const sizes: number[] = []
    const names = new Set<string | undefined>()
    let NextToken: string | undefined
    do {
      const page = await handlers.ListMetrics({ ...input, NextToken }, context)
      sizes.push(page.Metrics?.length ?? 0)
      for (const { MetricName } of page.Metrics ?? []) names.add(MetricName)
      NextToken = page.NextToken
    } while (NextToken !== undefined)
    expect(sizes).toEqual([500, 500, 202])
    expect(names.size).toBe(1202)
  })

  it('refuses a token that is none', async () => {
    await expect(handlers.ListMetrics({ NextToken: 'x' }, context)).rejects.toMatchObject({
      code: 'InvalidParameterValue',
    })
  })
})
