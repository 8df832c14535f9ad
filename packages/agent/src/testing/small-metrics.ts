import type { cloudWatch, InputOf } from '@sagebrush/api'
import type { Handle } from './small-server.ts'

export interface StoredSet {
  readonly SampleCount: number
  readonly Sum: number
  readonly Minimum: number
  readonly Maximum: number
}

/** CloudWatch over a map of `job/metric/milliseconds`. */
export function metricsHandlers(sets: Map<string, StoredSet>): Readonly<Record<string, Handle>> {
  return {
    PutMetricData({ MetricData = [] }: InputOf<typeof cloudWatch, 'PutMetricData'>) {
      for (const { MetricName, Dimensions, Timestamp, ...datum } of MetricData) {
        const key = `${Dimensions?.[0]?.Value}/${MetricName}/${Timestamp?.getTime()}`
        for (const set of setsOf(datum)) {
          const before = sets.get(key)
          sets.set(key, before ? together(before, set) : set)
        }
      }
      return {}
    },
    GetMetricStatistics(input: InputOf<typeof cloudWatch, 'GetMetricStatistics'>) {
      const key = `${input.Dimensions?.[0]?.Value}/${input.MetricName}/${input.StartTime.getTime()}`
      const set = sets.get(key)
      return { Datapoints: set ? [{ Timestamp: input.StartTime, ...set }] : [] }
    },
  }
}

type Datum = NonNullable<InputOf<typeof cloudWatch, 'PutMetricData'>['MetricData']>[number]

function setsOf({ StatisticValues, Values = [], Counts = [] }: Partial<Datum>): readonly StoredSet[] {
  if (StatisticValues) return [StatisticValues]
  return Values.map((value, index) => {
    const count = Counts[index] ?? 1
    return { SampleCount: count, Sum: value * count, Minimum: value, Maximum: value }
  })
}

const together = (a: StoredSet, b: StoredSet): StoredSet => ({
  SampleCount: a.SampleCount + b.SampleCount,
  Sum: a.Sum + b.Sum,
  Minimum: Math.min(a.Minimum, b.Minimum),
  Maximum: Math.max(a.Maximum, b.Maximum),
})
