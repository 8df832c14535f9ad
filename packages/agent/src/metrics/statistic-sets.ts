import type { Measurement } from './search-lines.ts'

/** What is known of a metric's values of one minute: what PutMetricData takes for them all. */
export interface StatisticSet {
  readonly name: string
  /** Whole minutes since 1970. */
  readonly minute: number
  readonly count: number
  readonly sum: number
  readonly minimum: number
  readonly maximum: number
}

/** Values waiting to be sent: they take room by the minute, however many there are. */
export class StatisticSets {
  readonly #sets = new Map<string, StatisticSet>()

  add(measurements: readonly Measurement[], minute: number): void {
    for (const { name, value } of measurements) {
      const key = setKey({ name, minute })
      const { count, sum, minimum, maximum } = this.#sets.get(key) ?? empty
      this.#sets.set(key, {
        name,
        minute,
        count: count + 1,
        sum: sum + value,
        minimum: Math.min(minimum, value),
        maximum: Math.max(maximum, value),
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

export const setKey = ({ name, minute }: Pick<StatisticSet, 'name' | 'minute'>): string => `${minute} ${name}`

const empty = { count: 0, sum: 0, minimum: Number.POSITIVE_INFINITY, maximum: Number.NEGATIVE_INFINITY }
