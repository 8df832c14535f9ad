import type { Handling } from './ledger.ts'

/**
 * Tells handlings that go on for too long from one look at a ledger to the next. The worker's clock is not needed: what
 * counts is how long the same handling has been seen.
 */
export class HangWatch {
  private readonly since = new Map<string, number>()
  private readonly limitMillis: number

  constructor(limitMillis: number) {
    this.limitMillis = limitMillis
  }

  /** Ids of the requests that have been handled for longer than the limit. `now` in milliseconds. */
  overdue(handlings: readonly Handling[], now: number): number[] {
    const current = new Set(handlings.map(keyOf))
    for (const key of this.since.keys()) if (!current.has(key)) this.since.delete(key)
    return handlings
      .filter((handling) => now - this.firstSeen(keyOf(handling), now) >= this.limitMillis)
      .map(({ id }) => id)
  }

  private firstSeen(key: string, now: number): number {
    const before = this.since.get(key)
    if (before !== undefined) return before
    this.since.set(key, now)
    return now
  }
}

const keyOf = ({ slot, count }: Handling): string => `${slot}/${count}`
