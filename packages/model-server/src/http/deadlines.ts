/** How long a connection may take for each thing, in milliseconds. */
export interface Deadlines {
  /** Between requests. */
  readonly idleMillis: number
  /** For a request's head, from its first byte on; refused with 408 after it. */
  readonly headMillis: number
  /** For the whole request, from its first byte on; refused with 408 after it. */
  readonly bodyMillis: number
  /** Without taking any of the answers that wait for it. */
  readonly stalledMillis: number
  /** To close its side after the last answer. */
  readonly endingMillis: number
}

/**
 * Head and body as `node:http` has them. Idle longer than load balancers and our own clients keep a connection, so that
 * it is they who close it.
 */
export const usualDeadlines: Deadlines = {
  idleMillis: 75_000,
  headMillis: 60_000,
  bodyMillis: 300_000,
  stalledMillis: 300_000,
  endingMillis: 2_000,
}
