import {
  type cloudWatch,
  type InputOf,
  InvalidParameterCombination,
  InvalidParameterValue,
  type OutputOf,
} from '@sagebrush/api'
import { keyOf } from '../metric-key.ts'
import type { MetricStore, PeriodValues, Sample } from '../store/metric-store.ts'
import { type ExtendedStatistic, extendedStatistic, isMeasurable } from './extended-statistic.ts'
import { isPeriod, periodCount, statistics, timeOf, timeRange } from './periods.ts'

type Input = InputOf<typeof cloudWatch, 'GetMetricStatistics'>
type Output = OutputOf<typeof cloudWatch, 'GetMetricStatistics'>
type Datapoint = NonNullable<Output['Datapoints']>[number]

const limitDatapoints = 1440

/** Throws InvalidParameterValue, InvalidParameterCombination. Source: CloudWatch API reference, GetMetricStatistics. */
export function getMetricStatistics(input: Input, store: MetricStore): Output {
  requireOneKind(input)
  const extended = (input.ExtendedStatistics ?? []).map(extendedOf)
  if (input.StartTime >= input.EndTime)
    throw InvalidParameterValue('The parameter StartTime must be less than the parameter EndTime.')
  if (!isPeriod(input.Period)) throw InvalidParameterValue('The parameter Period must be a multiple of 60.')
  const range = timeRange(input.StartTime, input.EndTime, input.Period)
  requireFew(periodCount(range, input.Period))
  const metric = keyOf(input, 'Dimensions')
  const query = { ...range, unit: input.Unit, units: 'apart', order: 'ascending' } as const
  const Datapoints = input.ExtendedStatistics
    ? store
        .values(metric, query)
        .filter(isMeasurable)
        .map((period) => extendedPoint(period, extended))
    : store.samples(metric, query).map((period) => datapoint(period, input.Statistics ?? []))
  return { Label: input.MetricName, Datapoints }
}

function requireOneKind({ Statistics, ExtendedStatistics }: Input): void {
  if (Statistics && ExtendedStatistics) {
    throw InvalidParameterCombination(
      'The parameters Statistics and ExtendedStatistics are mutually exclusive and you have specified both.',
    )
  }
  if (Statistics || ExtendedStatistics) return
  throw InvalidParameterCombination(
    'At least one of the parameters Statistics and ExtendedStatistics must be specified.',
  )
}

type NamedStatistic = readonly [name: string, measure: ExtendedStatistic]

function extendedOf(name: string, index: number): NamedStatistic {
  const measure = extendedStatistic(name)
  if (measure) return [name, measure]
  throw InvalidParameterValue(
    `The value ${name} for parameter ExtendedStatistics.member.${index + 1} is not supported.`,
  )
}

function requireFew(count: number): void {
  if (count <= limitDatapoints) return
  const [asked, limit] = [count, limitDatapoints].map((number) => number.toLocaleString('en-US'))
  throw InvalidParameterCombination(
    `You have requested up to ${asked} datapoints, which exceeds the limit of ${limit}. You may reduce the datapoints requested by increasing Period, or decreasing the time range.`,
  )
}

function datapoint(period: Sample, wanted: NonNullable<Input['Statistics']>): Datapoint {
  const values = wanted.map((name) => [name, statistics[name](period)] as const)
  return { Timestamp: timeOf(period), ...Object.fromEntries(values), Unit: unitOf(period) }
}

function extendedPoint(period: PeriodValues, wanted: readonly NamedStatistic[]): Datapoint {
  const ExtendedStatistics = Object.fromEntries(
    wanted.map(([name, measure]) => [name, measure(period.values)]),
  )
  return { Timestamp: timeOf(period), ExtendedStatistics, Unit: unitOf(period) }
}

/** The units are those that `admitData` let in. */
const unitOf = ({ unit }: Pick<Sample, 'unit'>) => unit as Input['Unit']
