import { countOf, type Distribution } from '../store/distribution.ts'
import type { PeriodValues } from '../store/metric-store.ts'

/** Source: GetMetricStatistics, "Percentile statistics are not available" where any value is negative. */
export const isMeasurable = ({ values }: PeriodValues): boolean => (values[0]?.[0] ?? -1) >= 0

/** What is made of the values of a period, of which there is at least one. */
export type ExtendedStatistic = (values: Distribution) => number

const kinds: Readonly<Record<string, (values: Distribution, percent: number) => number>> = {
  p: percentile,
  tm: trimmedMean,
}

/**
 * `p50`, `p99.9`: the least value that so many percent of all do not exceed; `tm99`: the mean of so many percent, the
 * lowest. Undefined for other names. Source: CloudWatch User Guide, "CloudWatch statistics definitions".
 */
export function extendedStatistic(name: string): ExtendedStatistic | undefined {
  const [, kind = '', percent = ''] = /^(p|tm)(100|\d{1,2}(?:\.\d{1,10})?)$/.exec(name) ?? []
  const measure = kinds[kind]
  return measure && ((values) => measure(values, Number(percent)))
}

function percentile(values: Distribution, percent: number): number {
  const rank = (countOf(values) * percent) / 100
  let met = 0
  for (const [value, count] of values) {
    met += count
    if (met >= rank) return value
  }
  return values.at(-1)?.[0] ?? Number.NaN
}

function trimmedMean(values: Distribution, percent: number): number {
  const wanted = (countOf(values) * percent) / 100
  let left = wanted
  let sum = 0
  for (const [value, count] of values) {
    sum += value * Math.min(count, left)
    left -= Math.min(count, left)
  }
  return wanted > 0 ? sum / wanted : (values[0]?.[0] ?? Number.NaN)
}
