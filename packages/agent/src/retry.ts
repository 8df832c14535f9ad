import { setTimeout as delay } from 'node:timers/promises'
import { ApiError, ConnectionError } from '@sagebrush/api'

/** How long a server that is away is waited for: a restart, an upgrade, a machine's reboot. */
const awaySeconds = 3_600
/** The same for one that is there, but answers with errors of its own. */
const failingSeconds = 120

export interface RetryOptions {
  /** Ends the waiting. */
  readonly signal?: AbortSignal
  /** Instead of an hour, from the first failure on. */
  readonly patienceSeconds?: number
}

/**
 * Repeats `attempt` while the server is away or overloaded, waiting up to 5 s in between.
 * Throws the last error when patience ends, any other error at once, and the signal's reason when that fires.
 */
export async function retrying<T>(attempt: () => Promise<T>, options: RetryOptions = {}): Promise<T> {
  const { signal, patienceSeconds = awaySeconds } = options
  let pauseMilliseconds = 100
  let failingSince: number | undefined
  for (;;) {
    signal?.throwIfAborted()
    try {
      return await attempt()
    } catch (error) {
      signal?.throwIfAborted()
      failingSince ??= Date.now()
      const limit = error instanceof ApiError ? Math.min(patienceSeconds, failingSeconds) : patienceSeconds
      if (!isPassing(error) || Date.now() + pauseMilliseconds > failingSince + limit * 1000) throw error
      // Its own error is told at the next attempt.
      await delay(pauseMilliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => {})
      pauseMilliseconds = Math.min(pauseMilliseconds * 2, 5_000)
    }
  }
}

/**
 * True for what a server that comes back would answer differently. 507, a full disk, is for a person to mend.
 */
export function isPassing(error: unknown): boolean {
  if (error instanceof ConnectionError) return true
  if (!(error instanceof ApiError)) return false
  const { httpStatus, code } = error
  return httpStatus === 429 || (httpStatus >= 500 && httpStatus !== 507) || throttling.includes(code)
}

const throttling: readonly string[] = ['ThrottlingException', 'Throttling', 'SlowDown', 'RequestTimeout']
