/** A server that has served this long starts afresh: its next end is the first again. */
const steadySeconds = 60
const longestSeconds = 30

/**
 * How long to wait before a server that ended is started again: not at all the first time, then 1, 2, 4 … 30
 * s. `failures` counts the ends before this one, without a steady time in between.
 */
export function restartDelaySeconds(failures: number): number {
  return failures === 0 ? 0 : Math.min(2 ** (failures - 1), longestSeconds)
}

export function isSteady(servedSeconds: number): boolean {
  return servedSeconds >= steadySeconds
}
