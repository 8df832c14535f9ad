import type { cloudWatch, InputOf } from '@sagebrush/api'
import { keyOf } from '../metric-key.ts'
import type { MetricStore } from '../store/metric-store.ts'
import { extendedStatistic, isMeasurable } from './extended-statistic.ts'
import { isStatistic, statistics, timeOf, timeRange } from './periods.ts'

type Input = InputOf<typeof cloudWatch, 'GetMetricData'>
type MetricStat = NonNullable<Input['MetricDataQueries'][number]['MetricStat']>

export interface Point {
  readonly at: Date
  readonly value: number
}

export interface ReadOptions {
  readonly input: Input
  readonly store: MetricStore
  /** Of points; no limit without one. */
  readonly limit?: number
}

/** A metric's statistic, in the order asked for. The query has been checked. Throws InvalidParameterValue. */
export function readMetric(stat: MetricStat, { input, store, limit }: ReadOptions): readonly Point[] {
  const { Stat, Metric, Period, Unit } = stat
  const metric = keyOf(Metric, 'Dimensions')
  const query = {
    ...timeRange(input.StartTime, input.EndTime, Period),
    unit: Unit,
    units: 'together',
    order: input.ScanBy === 'TimestampAscending' ? 'ascending' : 'descending',
  } as const
  const extended = extendedStatistic(Stat)
  if (extended) {
    const periods = store.values(metric, query).filter(isMeasurable).slice(0, limit)
    return periods.map((period) => ({ at: timeOf(period), value: extended(period.values) }))
  }
  const measure = isStatistic(Stat) ? statistics[Stat] : statistics.Average
  const periods = store.samples(metric, { ...query, ...(limit === undefined ? {} : { limit }) })
  return periods.map((period) => ({ at: timeOf(period), value: measure(period) }))
}
