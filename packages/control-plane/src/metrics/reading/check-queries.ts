import { type cloudWatch, type InputOf, ValidationException } from '@sagebrush/api'
import { extendedStatistic } from './extended-statistic.ts'
import { isPeriod, isStatistic } from './periods.ts'

type Input = InputOf<typeof cloudWatch, 'GetMetricData'>
type Query = Input['MetricDataQueries'][number]

const limitQueries = 500

/** What single fields' limits do not tell. Throws ValidationException. Source: CloudWatch API reference, GetMetricData. */
export function checkQueries({ MetricDataQueries: queries, StartTime, EndTime, MaxDatapoints }: Input): void {
  if (StartTime >= EndTime) refuse('The parameter StartTime must be less than the parameter EndTime.')
  if (queries.length > limitQueries)
    refuse(`The collection MetricDataQueries must not have a size greater than ${limitQueries}.`)
  if (MaxDatapoints !== undefined && MaxDatapoints < 1)
    refuse('The parameter MaxDatapoints must be greater than or equal to 1.')
  const ids = new Set<string>()
  for (const [index, query] of queries.entries()) {
    const place = `MetricDataQueries.member.${index + 1}`
    if (!/^[a-z][a-zA-Z0-9_]*$/.test(query.Id)) {
      refuse(
        `The value ${query.Id} for parameter ${place}.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.`,
      )
    }
    if (ids.has(query.Id)) refuse(`The value ${query.Id} for parameter ${place}.Id is not unique.`)
    ids.add(query.Id)
    checkQuery(query, place)
  }
}

function checkQuery({ MetricStat: stat, Expression }: Query, place: string): void {
  if (stat && Expression !== undefined) {
    refuse(
      `The parameters ${place}.Expression and ${place}.MetricStat are mutually exclusive and you have specified both.`,
    )
  }
  if (stat) checkMetric(stat, `${place}.MetricStat`)
  else if (Expression === undefined)
    refuse(`At least one of the parameters ${place}.Expression, ${place}.MetricStat must be specified.`)
}

function checkMetric({ Metric, Period, Stat }: NonNullable<Query['MetricStat']>, place: string): void {
  if (Metric.Namespace === undefined) refuse(`The parameter ${place}.Metric.Namespace is required.`)
  if (Metric.MetricName === undefined) refuse(`The parameter ${place}.Metric.MetricName is required.`)
  if (!isPeriod(Period)) refuse(`The parameter ${place}.Period must be a multiple of 60.`)
  if (!isStatistic(Stat) && !extendedStatistic(Stat))
    refuse(`The value ${Stat} for parameter ${place}.Stat is not supported.`)
}

function refuse(message: string): never {
  throw ValidationException(message)
}
