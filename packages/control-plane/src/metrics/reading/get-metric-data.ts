import {
  type cloudWatch,
  type InputOf,
  InvalidNextToken,
  type OutputOf,
  ValidationException,
} from '@sagebrush/api'
import { MathError } from '../math/parse-expression.ts'
import { pointsOf } from '../math/series.ts'
import type { MetricStore } from '../store/metric-store.ts'
import { checkQueries } from './check-queries.ts'
import { labelOf, MetricMath } from './metric-math.ts'
import { type Point, readMetric } from './read-metric.ts'

type Input = InputOf<typeof cloudWatch, 'GetMetricData'>
type Query = Input['MetricDataQueries'][number]
type Output = OutputOf<typeof cloudWatch, 'GetMetricData'>
type Result = NonNullable<Output['MetricDataResults']>[number]

const limitDatapoints = 100_800

/**
 * The metrics asked for, and what formulas make of them, one page of at most `MaxDatapoints` values.
 * Throws ValidationException, InvalidNextToken. Source: CloudWatch API reference, GetMetricData.
 */
export function getMetricData(input: Input, store: MetricStore): Output {
  checkQueries(input)
  try {
    return pageOf(input, store)
  } catch (error) {
    throw error instanceof MathError ? ValidationException(error.message, { cause: error }) : error
  }
}

function pageOf(input: Input, store: MetricStore): Output {
  const from = decodeToken(input.NextToken)
  const results: Result[] = []
  let room = Math.min(input.MaxDatapoints ?? limitDatapoints, limitDatapoints)
  let index = -1
  for (const answer of answersTo(input, store)) {
    index++
    if (index < from.answer) continue
    const start = index === from.answer ? from.point : 0
    // One more than there is room for tells whether there are more.
    const points = answer.read(start + room + 1)
    const page = points.slice(start, start + room)
    room -= page.length
    const isWhole = start + page.length === points.length
    if (isWhole || page.length > 0) results.push(resultOf(answer, page, isWhole))
    if (!isWhole) {
      const NextToken = encodeToken({ answer: index, point: start + page.length })
      return { MetricDataResults: results, NextToken }
    }
  }
  return { MetricDataResults: results, Messages: [] }
}

/** One series of the answer, not yet read where it is a metric's. */
interface Answer {
  readonly id: string
  readonly label: string
  /** At least as many points as there are, up to the limit. */
  readonly read: (limit: number) => readonly Point[]
}

/** Formulas are worked out as their turn comes: a page does not wait for those behind it. */
function* answersTo(input: Input, store: MetricStore): Generator<Answer> {
  const pointsOfMetric = ({ MetricStat }: Query) =>
    pointsOf(
      (MetricStat ? readMetric(MetricStat, { input, store }) : []).map(({ at, value }) => [
        at.getTime(),
        value,
      ]),
    )
  const math = new MetricMath(input.MetricDataQueries, pointsOfMetric)
  for (const query of input.MetricDataQueries) {
    const { Id: id, MetricStat, ReturnData } = query
    if (ReturnData === false) continue
    if (!MetricStat) yield* workedOut(query, math, input)
    else yield { id, label: labelOf(query), read: (limit) => readMetric(MetricStat, { input, store, limit }) }
  }
}

function workedOut(query: Query, math: MetricMath, { ScanBy }: Input): readonly Answer[] {
  const direction = ScanBy === 'TimestampAscending' ? 1 : -1
  return math.seriesOf(query).map(({ label, points }) => {
    const sorted = [...points].sort(([a], [b]) => direction * (a - b))
    const told = sorted.map(([time, value]) => ({ at: new Date(time), value }))
    return { id: query.Id, label, read: () => told }
  })
}

function resultOf({ id, label }: Answer, page: readonly Point[], isWhole: boolean): Result {
  return {
    Id: id,
    Label: label,
    Timestamps: page.map(({ at }) => at),
    Values: page.map(({ value }) => value),
    StatusCode: isWhole ? 'Complete' : 'PartialData',
  }
}

/** The next point to tell. */
interface Position {
  readonly answer: number
  readonly point: number
}

const encodeToken = ({ answer, point }: Position) =>
  Buffer.from(`data ${answer} ${point}`).toString('base64url')

function decodeToken(token: string | undefined): Position {
  if (token === undefined) return { answer: 0, point: 0 }
  const found = /^data (\d{1,9}) (\d{1,9})$/.exec(Buffer.from(token, 'base64url').toString())
  if (!found) throw InvalidNextToken('The value for parameter NextToken is invalid.')
  return { answer: Number(found[1]), point: Number(found[2]) }
}
