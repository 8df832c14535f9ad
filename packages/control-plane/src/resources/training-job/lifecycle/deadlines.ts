import { maxRuntimeSeconds, type TrainingJob, trainedMilliseconds } from '../record.ts'

/** When a job must have ended, and what it ends as when it has not. */
export interface Deadline {
  readonly at: Date
  readonly stage: 'MaxRuntimeExceeded' | 'MaxWaitTimeExceeded'
}

/**
 * The one that comes first; none once what was trained goes up in time: that is not cut off. MaxRuntimeInSeconds counts
 * training in all attempts, MaxWaitTimeInSeconds everything since the job was created, its time in the queue too.
 * Source: SageMaker's StoppingCondition.
 */
export function deadlineOf(job: TrainingJob): Deadline | undefined {
  const [first] = [runtimeDeadlineOf(job), waitDeadlineOf(job)]
    .filter((deadline) => deadline !== undefined)
    .sort((a, b) => a.at.getTime() - b.at.getTime())
  if (!first) return undefined
  const last = job.transitions.at(-1)
  return last?.stage === 'Uploading' && last.from <= first.at ? undefined : first
}

/** Of managed spot training alone. */
export function waitDeadlineOf({ request, createdAt }: TrainingJob): Deadline | undefined {
  const seconds = request.StoppingCondition?.MaxWaitTimeInSeconds
  if (!request.EnableManagedSpotTraining || seconds === undefined) return undefined
  return { at: new Date(createdAt.getTime() + seconds * 1000), stage: 'MaxWaitTimeExceeded' }
}

/**
 * When a job that waits for room has waited long enough: it is stopped then. Counts from when it began to wait.
 * Source: SageMaker's StoppingCondition, MaxPendingTimeInSeconds.
 */
export function pendingDeadlineOf({ request, transitions, startedAt }: TrainingJob): Date | undefined {
  const seconds = request.StoppingCondition?.MaxPendingTimeInSeconds
  const last = transitions.at(-1)
  if (seconds === undefined || startedAt || last?.stage !== 'Pending') return undefined
  return new Date(last.from.getTime() + seconds * 1000)
}

/** When a job that has no hosts yet must be looked at again, whether there is room or not. */
export function startDeadlineOf(job: TrainingJob): Date | undefined {
  const moments = [waitDeadlineOf(job)?.at, pendingDeadlineOf(job)].filter((at) => at !== undefined)
  return moments.sort((a, b) => a.getTime() - b.getTime())[0]
}

/** None before training has begun. */
function runtimeDeadlineOf(job: TrainingJob): Deadline | undefined {
  if (!job.trainingStartedAt) return undefined
  const left = maxRuntimeSeconds(job) * 1000 - trainedMilliseconds(job)
  return { at: new Date(job.trainingStartedAt.getTime() + left), stage: 'MaxRuntimeExceeded' }
}
