import type { FinalMetric } from '@sagebrush/agent'
import type { HostState } from '../../compute/compute.ts'
import type { Wait } from '../../reconcile/life.ts'
import { failureReason } from './failure-reason.ts'
import { type Ending, maxRuntimeSeconds, stageOf, type TrainingJob } from './record.ts'
import { isForward, isSameStage, type StageReport, stageOfHosts } from './stages.ts'

export type Step =
  | { readonly do: 'start' }
  | { readonly do: 'follow'; readonly report: StageReport }
  | { readonly do: 'stop' }
  /** How it ends is decided for good, whatever becomes of its hosts now. */
  | { readonly do: 'conclude'; readonly verdict: Ending }
  /** What its hosts left goes; then the end is told. */
  | { readonly do: 'clear'; readonly verdict: Ending }

/** Artifacts of any size must have gone up by then; hosts that still have not ended are given up. */
const STOP_LIMIT_SECONDS = 3600 + 120

type Conclusion = Extract<Step, { do: 'conclude' }>
type Ended = Extract<HostState, { phase: 'exited' | 'lost' }>

/** What to do next for a job, from what was asked and what is seen. Every race of its life is decided here, and only here. */
export function nextStep(job: TrainingJob, seen: readonly HostState[] | undefined, now: Date): Step | Wait {
  if (job.end) return { do: 'wait' }
  if (job.verdict) return { do: 'clear', verdict: job.verdict }
  if (!job.startedAt) return job.stopRequestedAt ? stopped('Stopped', now) : { do: 'start' }
  if (!seen) return job.stopRequestedAt ? stopped('Stopped', now) : vanished(now)
  const ended = seen.filter(isEnded)
  return ended.length === seen.length ? afterHosts(job, ended, now) : whileHosts(job, seen, now)
}

function whileHosts(job: TrainingJob, seen: readonly HostState[], now: Date): Step | Wait {
  const deadline = deadlineOf(job)
  const report = stageOfHosts(seen)
  if (job.stopSentAt) {
    const limit = later(job.stopSentAt, STOP_LIMIT_SECONDS)
    if (now >= limit) return givenUp(job, now)
    return follow(job, report) ?? { do: 'wait', until: limit }
  }
  const mustStop = job.stopRequestedAt || seen.some(hasFailed) || (deadline && now >= deadline)
  if (mustStop) return { do: 'stop' }
  return follow(job, report) ?? { do: 'wait', ...(deadline ? { until: deadline } : {}) }
}

/** Only forward: a report that is late does not bring an old stage back. */
function follow(job: TrainingJob, report: StageReport | undefined): Step | undefined {
  if (!report || isSameStage(job, report) || !isForward(stageOf(job), report.stage)) return undefined
  return { do: 'follow', report }
}

function afterHosts(job: TrainingJob, ended: readonly Ended[], now: Date): Step {
  const step = endOf(job, ended, latest(ended) ?? now)
  const metrics = lastMetrics(ended)
  return metrics.length === 0 ? step : { ...step, verdict: { ...step.verdict, metrics } }
}

function endOf(job: TrainingJob, ended: readonly Ended[], at: Date): Conclusion {
  const stoppedBy = whatStopped(job, ended, at)
  if (stoppedBy) return stopped(stoppedBy, at)
  const [culprit] = ended.filter(hasFailed).sort((a, b) => a.at.getTime() - b.at.getTime())
  if (!culprit) return { do: 'conclude', verdict: { status: 'Completed', stage: 'Completed', at } }
  return failed(failureReason(culprit), at)
}

/** What came first of a request to stop and the deadline, if either came before the hosts' end. */
function whatStopped(
  job: TrainingJob,
  ended: readonly Ended[],
  at: Date,
): 'Stopped' | 'MaxRuntimeExceeded' | undefined {
  // A lost host shows its last sign of life, not its end.
  const isLost = ended.some((host) => host.phase === 'lost')
  const { stopRequestedAt } = job
  const deadline = deadlineOf(job)
  const isRequested = stopRequestedAt !== undefined && (stopRequestedAt <= at || isLost)
  const isOverdue = deadline !== undefined && deadline <= at
  if (isRequested && isOverdue) return stopRequestedAt <= deadline ? 'Stopped' : 'MaxRuntimeExceeded'
  if (isRequested) return 'Stopped'
  return isOverdue ? 'MaxRuntimeExceeded' : undefined
}

/** None before training has begun, nor once what was trained goes up in time: that is not cut off. */
function deadlineOf(job: TrainingJob): Date | undefined {
  if (!job.trainingStartedAt) return undefined
  const deadline = later(job.trainingStartedAt, maxRuntimeSeconds(job))
  const uploading = job.transitions.find((transition) => transition.stage === 'Uploading')
  return uploading && uploading.from <= deadline ? undefined : deadline
}

function givenUp(job: TrainingJob, now: Date): Step {
  if (job.stopRequestedAt) return stopped('Stopped', now)
  return failed('InternalServerError: the hosts did not end when they were asked to.', now)
}

function stopped(stage: 'Stopped' | 'MaxRuntimeExceeded', at: Date): Conclusion {
  return { do: 'conclude', verdict: { status: 'Stopped', stage, at } }
}

function failed(reason: string, at: Date): Conclusion {
  return { do: 'conclude', verdict: { status: 'Failed', stage: 'Failed', at, reason } }
}

function vanished(now: Date): Step {
  return failed('InternalServerError: the hosts of the training job are gone.', now)
}

const isEnded = (host: HostState): host is Ended => host.phase === 'exited' || host.phase === 'lost'
const hasFailed = (host: HostState) =>
  host.phase === 'lost' || (host.phase === 'exited' && host.exitCode !== 0)
const later = (moment: Date, seconds: number) => new Date(moment.getTime() + seconds * 1000)

function latest(ended: readonly Ended[]): Date | undefined {
  return ended.map((host) => host.at).sort((a, b) => b.getTime() - a.getTime())[0]
}

/** Of each metric the value that any host told last. */
function lastMetrics(ended: readonly Ended[]): readonly FinalMetric[] {
  const told = ended.flatMap((host) => (host.phase === 'exited' ? (host.metrics ?? []) : []))
  const byTime = [...told].sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
  const last = new Map(byTime.map((metric) => [metric.name, metric]))
  return [...new Set(told.map(({ name }) => name))].flatMap((name) => last.get(name) ?? [])
}
