import { readFileSync } from 'node:fs'
import { totalmem } from 'node:os'

/** Bytes of memory that a process holds; undefined where the system does not tell, or the process is gone. */
export function residentBytes(pid: number | undefined): number | undefined {
  try {
    const [, resident] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return resident === undefined ? undefined : Number(resident) * 1024
  } catch {
    // Not Linux, or it has just ended.
    return undefined
  }
}

/** Of all workers together: half of what the machine, or the group of processes that this one is in, may use. */
export function defaultMemoryLimitBytes(workers: number): number {
  const constrained = process.constrainedMemory()
  const total = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem()
  return total / 2 / workers
}

/** True once a worker is over the limit by its own growth: a script that is large from the start is not a leak. */
export function hasLeaked(
  { atStart, now }: { readonly atStart: number; readonly now: number },
  limitBytes: number,
): boolean {
  return now > limitBytes && now > 2 * atStart
}
