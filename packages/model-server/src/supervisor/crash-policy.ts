/** A process that has served this long starts afresh: its next crash is the first again. */
const steadySeconds = 60
const longestDelaySeconds = 30
const restartsAtOnce = 3
const crashesInARow = 10

export type AfterCrash =
  | { readonly restartAfterSeconds: number; readonly crashes: number }
  | { readonly givesUp: string }

/**
 * What to do about a process that crashed after serving so long: start it again, three times at once, then after 1, 2,
 * 4 … 30 s; after ten crashes without a minute of service in between, give up. `crashes` counts those before this one.
 */
export function afterCrash(crashes: number, servedSeconds: number): AfterCrash {
  const inARow = servedSeconds >= steadySeconds ? 1 : crashes + 1
  if (inARow >= crashesInARow) {
    return { givesUp: `it crashed ${inARow} times in a row, never serving for ${steadySeconds} s` }
  }
  const late = inARow - restartsAtOnce
  const restartAfterSeconds = late <= 0 ? 0 : Math.min(2 ** (late - 1), longestDelaySeconds)
  return { restartAfterSeconds, crashes: inARow }
}
