import {
  type cloudWatch,
  type InputOf,
  InvalidNextToken,
  type OutputOf,
  ValidationException,
} from '@sagebrush/api'
import { keyOf } from './metric-key.ts'
import type { MetricStore } from './metric-store.ts'
import { isPeriod, isStatistic, statistics, timeOf, timeRange } from './periods.ts'

type Input = InputOf<typeof cloudWatch, 'GetMetricData'>
type Query = Input['MetricDataQueries'][number]
type Output = OutputOf<typeof cloudWatch, 'GetMetricData'>
type Result = NonNullable<Output['MetricDataResults']>[number]

const limitQueries = 500
const limitDatapoints = 100_800

/**
 * The metrics asked for, one page of at most `MaxDatapoints` values. Throws ValidationException, InvalidNextToken.
 * Metric math is refused. Source: CloudWatch API reference, GetMetricData.
 */
export function getMetricData(input: Input, store: MetricStore): Output {
  checkQueries(input)
  const from = decodeToken(input.NextToken)
  const limit = Math.min(input.MaxDatapoints ?? limitDatapoints, limitDatapoints)
  const results: Result[] = []
  let room = limit
  for (const [index, query] of input.MetricDataQueries.entries()) {
    if (index < from.query || query.ReturnData === false) continue
    const start = index === from.query ? from.point : 0
    // One more than there is room for tells whether there are more.
    const points = pointsOf(query, { input, store, limit: start + room + 1 })
    const page = points.slice(start, start + room)
    room -= page.length
    const isWhole = start + page.length === points.length
    results.push(resultOf(query, page, isWhole))
    if (!isWhole) {
      return {
        MetricDataResults: results,
        NextToken: encodeToken({ query: index, point: start + page.length }),
      }
    }
  }
  return { MetricDataResults: results, Messages: [] }
}

function checkQueries({ MetricDataQueries: queries, StartTime, EndTime, MaxDatapoints }: Input): void {
  if (StartTime >= EndTime) refuse('The parameter StartTime must be less than the parameter EndTime.')
  if (queries.length > limitQueries)
    refuse(`The collection MetricDataQueries must not have a size greater than ${limitQueries}.`)
  if (MaxDatapoints !== undefined && MaxDatapoints < 1)
    refuse('The parameter MaxDatapoints must be greater than or equal to 1.')
  const ids = queries.map(({ Id }) => Id)
  for (const [index, query] of queries.entries()) {
    const place = `MetricDataQueries.member.${index + 1}`
    if (!/^[a-z][a-zA-Z0-9_]*$/.test(query.Id)) {
      refuse(
        `The value ${query.Id} for parameter ${place}.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$.`,
      )
    }
    if (ids.indexOf(query.Id) !== index)
      refuse(`The value ${query.Id} for parameter ${place}.Id is not unique.`)
    checkQuery(query, place)
  }
}

function checkQuery({ MetricStat: stat, Expression }: Query, place: string): void {
  if (Expression !== undefined)
    refuse(`The parameter ${place}.Expression is not supported; ask for each metric by a MetricStat.`)
  if (!stat) refuse(`The parameter ${place}.MetricStat is required.`)
  if (stat?.Metric.Namespace === undefined)
    refuse(`The parameter ${place}.MetricStat.Metric.Namespace is required.`)
  if (stat?.Metric.MetricName === undefined)
    refuse(`The parameter ${place}.MetricStat.Metric.MetricName is required.`)
  if (!isPeriod(stat?.Period ?? 0))
    refuse(`The parameter ${place}.MetricStat.Period must be a multiple of 60.`)
  if (!isStatistic(stat?.Stat ?? ''))
    refuse(`The value ${stat?.Stat} for parameter ${place}.MetricStat.Stat is not supported.`)
}

interface Point {
  readonly at: Date
  readonly value: number
}

interface PointsOptions {
  readonly input: Input
  readonly store: MetricStore
  readonly limit: number
}

function pointsOf({ MetricStat: stat }: Query, { input, store, limit }: PointsOptions): readonly Point[] {
  if (!stat || !isStatistic(stat.Stat)) return []
  const measure = statistics[stat.Stat]
  const periods = store.samples(keyOf(stat.Metric, 'Dimensions'), {
    ...timeRange(input.StartTime, input.EndTime, stat.Period),
    unit: stat.Unit,
    units: 'together',
    order: input.ScanBy === 'TimestampAscending' ? 'ascending' : 'descending',
    limit,
  })
  return periods.map((period) => ({ at: timeOf(period), value: measure(period) }))
}

function resultOf({ Id, Label, MetricStat }: Query, page: readonly Point[], isWhole: boolean): Result {
  return {
    Id,
    Label: Label ?? MetricStat?.Metric.MetricName ?? Id,
    Timestamps: page.map(({ at }) => at),
    Values: page.map(({ value }) => value),
    StatusCode: isWhole ? 'Complete' : 'PartialData',
  }
}

/** The next point to tell. */
interface Position {
  readonly query: number
  readonly point: number
}

const encodeToken = ({ query, point }: Position) =>
  Buffer.from(`data ${query} ${point}`).toString('base64url')

function decodeToken(token: string | undefined): Position {
  if (token === undefined) return { query: 0, point: 0 }
  const found = /^data (\d{1,9}) (\d{1,9})$/.exec(Buffer.from(token, 'base64url').toString())
  if (!found) throw InvalidNextToken('The value for parameter NextToken is invalid.')
  return { query: Number(found[1]), point: Number(found[2]) }
}

function refuse(message: string): never {
  throw ValidationException(message)
}
