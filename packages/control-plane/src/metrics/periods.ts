import type { Sample } from './metric-store.ts'

export interface TimeRange {
  /** Whole minutes since 1970. */
  readonly from: number
  /** Not in it. */
  readonly to: number
  readonly periodMinutes: number
}

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

/**
 * Samples, in the order of their minutes, put together by periods that begin at the range's start. Of a period without
 * any there is none. With `units: 'apart'`, one for each unit.
 */
export function intoPeriods(
  samples: readonly Sample[],
  { from, periodMinutes }: TimeRange,
  units: 'apart' | 'together',
): readonly Sample[] {
  const periods = new Map<string, Sample>()
  for (const sample of samples) {
    const minute = from + Math.floor((sample.minute - from) / periodMinutes) * periodMinutes
    const key = units === 'apart' ? `${minute} ${sample.unit}` : String(minute)
    const before = periods.get(key)
    periods.set(key, before ? together(before, sample) : { ...sample, minute })
  }
  return [...periods.values()]
}

function together(a: Sample, b: Sample): Sample {
  return {
    ...a,
    count: a.count + b.count,
    sum: a.sum + b.sum,
    minimum: Math.min(a.minimum, b.minimum),
    maximum: Math.max(a.maximum, b.maximum),
  }
}

export const statistics: Readonly<Record<Statistic, (sample: Sample) => number>> = {
  SampleCount: ({ count }) => count,
  Average: ({ sum, count }) => sum / count,
  Sum: ({ sum }) => sum,
  Minimum: ({ minimum }) => minimum,
  Maximum: ({ maximum }) => maximum,
}

export const isStatistic = (name: string): name is Statistic => Object.hasOwn(statistics, name)

export const timeOf = ({ minute }: Sample): Date => new Date(minute * minuteMillis)
