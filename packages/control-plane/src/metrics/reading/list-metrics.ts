import { type cloudWatch, type InputOf, InvalidParameterValue, type OutputOf } from '@sagebrush/api'
import { describeMetric } from '../metric-key.ts'
import type { MetricKey, MetricStore, StoredMetric } from '../store/metric-store.ts'

type Input = InputOf<typeof cloudWatch, 'ListMetrics'>

const pageMetrics = 500
const recentMinutes = 180

/** One page of metrics that have all the dimensions asked for, and maybe more. Throws InvalidParameterValue. */
export function listMetrics(
  input: Input,
  store: MetricStore,
  now: Date,
): OutputOf<typeof cloudWatch, 'ListMetrics'> {
  const recently = Math.floor(now.getTime() / 60_000) - recentMinutes
  const query = {
    namespace: input.Namespace,
    name: input.MetricName,
    activeSince: input.RecentlyActive ? recently : undefined,
    limit: pageMetrics + 1,
  }
  const found: StoredMetric[] = []
  let afterId = decodeToken(input.NextToken)
  while (found.length <= pageMetrics) {
    const read = store.metrics({ ...query, afterId })
    found.push(...read.filter((metric) => hasDimensions(metric, input.Dimensions ?? [])))
    const last = read.at(-1)
    if (!last || read.length < query.limit) break
    afterId = last.id
  }
  const page = found.slice(0, pageMetrics)
  const last = page.at(-1)
  return {
    Metrics: page.map(describeMetric),
    ...(last && found.length > pageMetrics ? { NextToken: encodeToken(last.id) } : {}),
  }
}

function hasDimensions({ dimensions }: MetricKey, filters: NonNullable<Input['Dimensions']>): boolean {
  return filters.every(({ Name, Value }) =>
    dimensions.some(({ name, value }) => name === Name && (Value === undefined || value === Value)),
  )
}

const encodeToken = (id: number) => Buffer.from(`metric ${id}`).toString('base64url')

function decodeToken(token: string | undefined): number {
  if (token === undefined) return 0
  const found = /^metric (\d{1,15})$/.exec(Buffer.from(token, 'base64url').toString())
  if (!found) throw InvalidParameterValue('The value for parameter NextToken is invalid.')
  return Number(found[1])
}
