import type { Sample, TimeRange } from './metric-store.ts'

export type Statistic = 'SampleCount' | 'Average' | 'Sum' | 'Minimum' | 'Maximum'

const minuteMillis = 60_000

/** The start is rounded down to a whole minute; every minute that begins before the end counts. */
export function timeRange(start: Date, end: Date, periodSeconds: number): TimeRange {
  return {
    from: Math.floor(start.getTime() / minuteMillis),
    to: Math.ceil(end.getTime() / minuteMillis),
    periodMinutes: periodSeconds / 60,
  }
}

export const periodCount = ({ from, to, periodMinutes }: TimeRange): number =>
  Math.ceil((to - from) / periodMinutes)

export const statistics: Readonly<Record<Statistic, (sample: Sample) => number>> = {
  SampleCount: ({ count }) => count,
  Average: ({ sum, count }) => sum / count,
  Sum: ({ sum }) => sum,
  Minimum: ({ minimum }) => minimum,
  Maximum: ({ maximum }) => maximum,
}

export const isStatistic = (name: string): name is Statistic => Object.hasOwn(statistics, name)

export const timeOf = ({ minute }: Sample): Date => new Date(minute * minuteMillis)
