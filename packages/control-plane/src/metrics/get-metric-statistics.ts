import {
  type cloudWatch,
  type InputOf,
  InvalidParameterCombination,
  InvalidParameterValue,
  type OutputOf,
} from '@sagebrush/api'
import { keyOf } from './metric-key.ts'
import type { MetricStore, Sample } from './metric-store.ts'
import { isPeriod, periodCount, type Statistic, statistics, timeOf, timeRange } from './periods.ts'

type Input = InputOf<typeof cloudWatch, 'GetMetricStatistics'>
type Output = OutputOf<typeof cloudWatch, 'GetMetricStatistics'>

const limitDatapoints = 1440

/** Throws InvalidParameterValue, InvalidParameterCombination. Source: CloudWatch API reference, GetMetricStatistics. */
export function getMetricStatistics(input: Input, store: MetricStore): Output {
  const wanted = statisticsOf(input)
  if (input.StartTime >= input.EndTime)
    throw InvalidParameterValue('The parameter StartTime must be less than the parameter EndTime.')
  if (!isPeriod(input.Period)) throw InvalidParameterValue('The parameter Period must be a multiple of 60.')
  const range = timeRange(input.StartTime, input.EndTime, input.Period)
  requireFew(periodCount(range, input.Period))
  const periods = store.samples(keyOf(input, 'Dimensions'), {
    ...range,
    unit: input.Unit,
    units: 'apart',
    order: 'ascending',
  })
  return { Label: input.MetricName, Datapoints: periods.map((period) => datapoint(period, wanted)) }
}

function statisticsOf({ Statistics, ExtendedStatistics }: Input): readonly Statistic[] {
  if (Statistics && ExtendedStatistics) {
    throw InvalidParameterCombination(
      'The parameters Statistics and ExtendedStatistics are mutually exclusive and you have specified both.',
    )
  }
  if (ExtendedStatistics) {
    throw InvalidParameterValue(
      `The value ${ExtendedStatistics[0]} for parameter ExtendedStatistics.member.1 is not supported: single values are not kept.`,
    )
  }
  if (Statistics) return Statistics
  throw InvalidParameterCombination(
    'At least one of the parameters Statistics and ExtendedStatistics must be specified.',
  )
}

function requireFew(count: number): void {
  if (count <= limitDatapoints) return
  const [asked, limit] = [count, limitDatapoints].map((number) => number.toLocaleString('en-US'))
  throw InvalidParameterCombination(
    `You have requested up to ${asked} datapoints, which exceeds the limit of ${limit}. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
  )
}

function datapoint(period: Sample, wanted: readonly Statistic[]): NonNullable<Output['Datapoints']>[number] {
  const values = wanted.map((name) => [name, statistics[name](period)] as const)
  // The units are those that admitData let in.
  const Unit = period.unit as Input['Unit']
  return { Timestamp: timeOf(period), ...Object.fromEntries(values), Unit }
}
