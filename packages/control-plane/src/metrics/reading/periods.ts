import type { Sample, TimeRange } from '../store/metric-store.ts'

export type Statistic = 'SampleCount' | 'Average' | 'Sum' | 'Minimum' | 'Maximum'

const minuteMillis = 60_000

/** Values are kept by the minute: the start is rounded down to one, and shorter periods have one value each minute. */
export function timeRange(start: Date, end: Date, periodSeconds: number): TimeRange {
  return {
    from: Math.floor(start.getTime() / minuteMillis),
    to: Math.ceil(end.getTime() / minuteMillis),
    periodMinutes: Math.max(1, periodSeconds / 60),
  }
}

/** Source: CloudWatch API reference, GetMetricStatistics: 1, 5, 10, 30, 60, or any multiple of 60. */
export const isPeriod = (seconds: number): boolean => seconds % 60 === 0 || [1, 5, 10, 30].includes(seconds)

/** How many periods the time has that was asked for, with values or without. */
export const periodCount = ({ from, to }: TimeRange, periodSeconds: number): number =>
  Math.ceil(((to - from) * 60) / periodSeconds)

export const statistics: Readonly<Record<Statistic, (sample: Sample) => number>> = {
  SampleCount: ({ count }) => count,
  Average: ({ sum, count }) => sum / count,
  Sum: ({ sum }) => sum,
  Minimum: ({ minimum }) => minimum,
  Maximum: ({ maximum }) => maximum,
}

export const isStatistic = (name: string): name is Statistic => Object.hasOwn(statistics, name)

export const timeOf = ({ minute }: Pick<Sample, 'minute'>): Date => new Date(minute * minuteMillis)
