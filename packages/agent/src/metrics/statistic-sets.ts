import type { Measurement } from './definitions/search-lines.ts'

/** What is known of a metric's values of one minute: what PutMetricData takes for them all. */
export interface StatisticSet {
  readonly name: string
  /** Whole minutes since 1970. */
  readonly minute: number
  readonly count: number
  readonly sum: number
  readonly minimum: number
  readonly maximum: number
  /** How often each value was met, for percentiles; undefined where they are too many to be told one by one. */
  readonly values: ReadonlyMap<number, number> | undefined
}

/** Source: CloudWatch API reference, MetricDatum. */
const limitValues = 150

/** Values waiting to be sent: they take room by the minute, however many there are. */
export class StatisticSets {
  readonly #sets = new Map<string, StatisticSet & { readonly values: Map<number, number> | undefined }>()

  add(measurements: readonly Measurement[], minute: number): void {
    for (const { name, value } of measurements) {
      const key = setKey({ name, minute })
      const { count, sum, minimum, maximum, values } = this.#sets.get(key) ?? { ...empty, values: new Map() }
      this.#sets.set(key, {
        name,
        minute,
        count: count + 1,
        sum: sum + value,
        minimum: Math.min(minimum, value),
        maximum: Math.max(maximum, value),
        values: counted(values, value),
      })
    }
  }

  /** At most `limit` sets, the oldest, which are no longer waiting then. */
  take(limit: number): readonly StatisticSet[] {
    const taken = [...this.#sets].slice(0, limit)
    for (const [key] of taken) this.#sets.delete(key)
    return taken.map(([, set]) => set)
  }
}

/** The map itself, with one more; undefined once it would be too large. */
function counted(values: Map<number, number> | undefined, value: number): Map<number, number> | undefined {
  values?.set(value, (values.get(value) ?? 0) + 1)
  return values && values.size <= limitValues ? values : undefined
}

export const setKey = ({ name, minute }: Pick<StatisticSet, 'name' | 'minute'>): string => `${minute} ${name}`

const empty = { count: 0, sum: 0, minimum: Number.POSITIVE_INFINITY, maximum: Number.NEGATIVE_INFINITY }
