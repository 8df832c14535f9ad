import type { FaceResponse } from '../../../faces/http.ts'
import type { UserCodeCall } from '../../user-code.ts'

/** A request on its way through the workers. */
export interface Job {
  readonly id: number
  readonly call: UserCodeCall
  /** Counts the times that it was given to a worker: answers to an earlier one are nobody's. */
  attempt: number
  /** Counts the workers that ended with it for a reason that nobody knows. */
  unexplainedEnds: number
  /** Between input_handler and output_handler, where no worker is busy with it. */
  isAtModel: boolean
  /** Must be the only one of its worker: another of the same moment ended a process, or it did. */
  isSuspect: boolean
  readonly isSettled: () => boolean
  /** The first answer counts. */
  readonly settle: (answer: FaceResponse) => void
}

/** After so many ends for unknown reasons a request is held to be the reason. */
const unexplainedLimit = 3

export interface Verdict {
  /** Ended the process, as far as can be known. */
  readonly guilty: readonly Job[]
  /** To be handled again. */
  readonly again: readonly Job[]
}

/**
 * Whose fault the end of a process was. One that hung is known; otherwise it was one of those that were being handled:
 * several are tried again one by one. What waited is innocent, unless nothing was being handled.
 */
export function verdictOn(
  jobs: Iterable<Job>,
  { hung, handled }: { readonly hung: ReadonlySet<number>; readonly handled: ReadonlySet<number> },
): Verdict {
  const all = [...jobs]
  const running = all.filter(({ id }) => handled.has(id))
  const isExplained = hung.size > 0 || running.length > 0
  if (!isExplained) for (const job of all) job.unexplainedEnds += 1
  const isGuilty = (job: Job): boolean => {
    if (!isExplained) return job.unexplainedEnds >= unexplainedLimit
    if (hung.size > 0) return hung.has(job.id)
    return running.includes(job) && running.length === 1
  }
  const again = all.filter((job) => !isGuilty(job))
  if (hung.size === 0) for (const job of again) job.isSuspect ||= running.includes(job)
  return { guilty: all.filter(isGuilty), again }
}
