import { readFileSync } from 'node:fs'

/** Memory that a process holds now. */
export function residentMebibytes(pid: number): number {
  const [, kibibytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kibibytes) / 1024
}

export interface Span {
  readonly from: number
  readonly to: number
  readonly workers: number
}

/** Works on every index of the span, with all workers at once; the first that rejects ends it. */
export async function spread(
  { from, to, workers }: Span,
  work: (worker: number, index: number) => Promise<void>,
): Promise<void> {
  let next = from
  await Promise.all(
    Array.from({ length: workers }, async (_, worker) => {
      for (let index = next++; index < to; index = next++) await work(worker, index)
    }),
  )
}
