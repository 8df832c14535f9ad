import type { FinalMetric } from '@sagebrush/agent'
import type { HostState } from '../../../compute/compute.ts'
import type { Wait } from '../../../reconcile/life.ts'
import { type Attempt, type Ending, stageOf, type TrainingJob } from '../record.ts'
import { type Deadline, deadlineOf, pendingDeadlineOf, waitDeadlineOf } from './deadlines.ts'
import { failureReason } from './failure-reason.ts'
import { isForward, isSameStage, type StageReport, stageOfHosts } from './stages.ts'

export type Step =
  | { readonly do: 'start' }
  | { readonly do: 'follow'; readonly report: StageReport }
  | { readonly do: 'stop' }
  | { readonly do: 'interrupt' }
  /** That the attempt is over, and another shall begin, is decided for good. */
  | { readonly do: 'retire'; readonly attempt: Attempt }
  /** What the attempt left on its hosts goes; then the next one is due. */
  | { readonly do: 'restart' }
  /** How it ends is decided for good, whatever becomes of its hosts now. */
  | { readonly do: 'conclude'; readonly verdict: Ending }
  /** What its hosts left goes; then the end is told. */
  | { readonly do: 'clear'; readonly verdict: Ending }

/** Artifacts of any size must have gone up by then; hosts that still have not ended are given up. */
const STOP_LIMIT_SECONDS = 3600 + 120

/** The grace that programs have, and the last look at their checkpoints. */
const INTERRUPTION_LIMIT_SECONDS = 120 + 600

type Conclusion = Extract<Step, { do: 'conclude' }>
type Ended = Extract<HostState, { phase: 'exited' | 'lost' }>

/** What to do next for a job, from what was asked and what is seen. Every race of its life is decided here, and only here. */
export function nextStep(job: TrainingJob, seen: readonly HostState[] | undefined, now: Date): Step | Wait {
  if (job.end) return { do: 'wait' }
  if (job.verdict) return { do: 'clear', verdict: job.verdict }
  if (job.retired) return { do: 'restart' }
  if (!job.startedAt) return beforeHosts(job, now)
  if (!seen) return job.stopRequestedAt ? stopped('Stopped', now) : vanished(job, now)
  const ended = seen.filter(isEnded)
  return ended.length === seen.length ? afterHosts(job, ended, now) : whileHosts(job, seen, now)
}

function beforeHosts(job: TrainingJob, now: Date): Step {
  if (job.stopRequestedAt) return stopped('Stopped', now)
  const deadline = waitDeadlineOf(job)
  if (deadline && now >= deadline.at) return stopped(deadline.stage, deadline.at)
  const pendingUntil = pendingDeadlineOf(job)
  if (!pendingUntil || now < pendingUntil) return { do: 'start' }
  const message = 'Training job pending time exceeded MaxPendingTimeInSeconds provided'
  return { do: 'conclude', verdict: { status: 'Stopped', stage: 'Stopped', at: pendingUntil, message } }
}

function whileHosts(job: TrainingJob, seen: readonly HostState[], now: Date): Step | Wait {
  const deadline = deadlineOf(job)
  if (job.stopSentAt) {
    const limit = later(job.stopSentAt, STOP_LIMIT_SECONDS)
    if (now >= limit) return givenUp(job, now)
    return follow(job, stageOfHosts(seen)) ?? { do: 'wait', until: limit }
  }
  const mustStop = job.stopRequestedAt || seen.some(hasFailed) || (deadline && now >= deadline.at)
  if (mustStop) return { do: 'stop' }
  if (job.interruptSentAt) return whileInterrupted(job, job.interruptSentAt, { deadline, now })
  if (job.interruptRequestedAt) return { do: 'interrupt' }
  return follow(job, stageOfHosts(seen)) ?? { do: 'wait', ...(deadline ? { until: deadline.at } : {}) }
}

function whileInterrupted(
  job: TrainingJob,
  sentAt: Date,
  { deadline, now }: { deadline: Deadline | undefined; now: Date },
): Step | Wait {
  const limit = later(sentAt, INTERRUPTION_LIMIT_SECONDS)
  if (now >= limit) return retire(job, 'interruption', now)
  return { do: 'wait', until: deadline && deadline.at < limit ? deadline.at : limit }
}

/** Only forward: a report that is late does not bring an old stage back. */
function follow(job: TrainingJob, report: StageReport | undefined): Step | undefined {
  if (!report || isSameStage(job, report) || !isForward(stageOf(job), report.stage)) return undefined
  return { do: 'follow', report }
}

function afterHosts(job: TrainingJob, ended: readonly Ended[], now: Date): Step {
  const step = endOf(job, ended, latest(ended) ?? now)
  return step.do === 'conclude' ? { ...step, verdict: { ...step.verdict, ...factsOf(ended) } } : step
}

function endOf(job: TrainingJob, ended: readonly Ended[], at: Date): Step {
  const stoppedBy = whatStopped(job, ended, at)
  if (stoppedBy) return stopped(stoppedBy, at)
  const isSpot = job.request.EnableManagedSpotTraining === true
  if (isSpot && ended.some((host) => wasTakenAway(job, host))) return retire(job, 'interruption', at)
  const [culprit] = ended.filter(hasFailed).sort((a, b) => a.at.getTime() - b.at.getTime())
  if (!culprit) return { do: 'conclude', verdict: { status: 'Completed', stage: 'Completed', at } }
  return retriedOrFailed(job, failureReason(culprit), at)
}

/** What came first of a request to stop and the deadline, if either came before the hosts' end. */
function whatStopped(
  job: TrainingJob,
  ended: readonly Ended[],
  at: Date,
): 'Stopped' | Deadline['stage'] | undefined {
  // A lost host shows its last sign of life, not its end.
  const isLost = ended.some((host) => host.phase === 'lost')
  const { stopRequestedAt } = job
  const deadline = deadlineOf(job)
  const isRequested = stopRequestedAt !== undefined && (stopRequestedAt <= at || isLost)
  const isOverdue = deadline !== undefined && deadline.at <= at
  if (isRequested && isOverdue) return stopRequestedAt <= deadline.at ? 'Stopped' : deadline.stage
  if (isRequested) return 'Stopped'
  return isOverdue ? deadline.stage : undefined
}

function wasTakenAway(job: TrainingJob, host: Ended): boolean {
  return host.phase === 'lost' ? job.interruptSentAt !== undefined : host.interrupted === true
}

function retire(job: TrainingJob, cause: Attempt['cause'], endedAt: Date): Step {
  const { trainingStartedAt } = job
  return { do: 'retire', attempt: { cause, endedAt, ...(trainingStartedAt ? { trainingStartedAt } : {}) } }
}

/** Source: SageMaker's RetryStrategy, which is for internal server errors alone. */
function retriedOrFailed(job: TrainingJob, reason: string, at: Date): Step {
  const retries = (job.attempts ?? []).filter(({ cause }) => cause === 'error').length
  const mayRetry = retries < (job.request.RetryStrategy?.MaximumRetryAttempts ?? 0)
  if (mayRetry && reason.startsWith('InternalServerError: ')) return retire(job, 'error', at)
  return { do: 'conclude', verdict: { status: 'Failed', stage: 'Failed', at, reason } }
}

function givenUp(job: TrainingJob, now: Date): Step {
  if (job.stopRequestedAt) return stopped('Stopped', now)
  const reason = 'InternalServerError: the hosts did not end when they were asked to.'
  return { do: 'conclude', verdict: { status: 'Failed', stage: 'Failed', at: now, reason } }
}

function stopped(stage: 'Stopped' | Deadline['stage'], at: Date): Conclusion {
  return { do: 'conclude', verdict: { status: 'Stopped', stage, at } }
}

function vanished(job: TrainingJob, now: Date): Step {
  return retriedOrFailed(job, 'InternalServerError: the hosts of the training job are gone.', now)
}

const isEnded = (host: HostState): host is Ended => host.phase === 'exited' || host.phase === 'lost'
const hasFailed = (host: HostState) =>
  host.phase === 'lost' || (host.phase === 'exited' && host.exitCode !== 0)
const later = (moment: Date, seconds: number) => new Date(moment.getTime() + seconds * 1000)

function latest(ended: readonly Ended[]): Date | undefined {
  return ended.map((host) => host.at).sort((a, b) => b.getTime() - a.getTime())[0]
}

/** What the hosts tell at their end beside how it came. */
function factsOf(ended: readonly Ended[]): Pick<Ending, 'metrics' | 'environment'> {
  const metrics = lastMetrics(ended)
  const told = ended.flatMap((host) => (host.phase === 'exited' ? (host.environment ?? []) : []))
  const [environment] = told
  return { ...(metrics.length > 0 ? { metrics } : {}), ...(environment === undefined ? {} : { environment }) }
}

/** Of each metric the value that any host told last. */
function lastMetrics(ended: readonly Ended[]): readonly FinalMetric[] {
  const told = ended.flatMap((host) => (host.phase === 'exited' ? (host.metrics ?? []) : []))
  const byTime = [...told].sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
  const last = new Map(byTime.map((metric) => [metric.name, metric]))
  return [...new Set(told.map(({ name }) => name))].flatMap((name) => last.get(name) ?? [])
}
