import {
  type Attempt,
  type Ending,
  type Stage,
  stageOf,
  type TrainingJob,
  type Transition,
} from '../record.ts'
import { type StageReport, stageMessage, stageMessages } from './stages.ts'

// How a job's record changes, and nothing else does: transitions are appended here alone.

/** The first transition of a new job. */
export function firstTransition(now: Date): Transition {
  return { stage: 'Starting', message: stageMessages.Starting, from: now }
}

/** Its hosts run, or will in a moment. */
export function afterStart(job: TrainingJob, now: Date): TrainingJob {
  const started = { ...job, startedAt: now }
  return stageOf(job) === 'Pending' ? enter(started, { stage: 'Starting', since: now }, now) : started
}

/** There was no room. The same job again while it waits. */
export function afterFull(job: TrainingJob, now: Date): TrainingJob {
  return stageOf(job) === 'Pending' ? job : enter(job, { stage: 'Pending', since: now }, now)
}

/** Data that came too quickly to be seen coming has come all the same. */
export function afterReport(job: TrainingJob, report: StageReport, now: Date): TrainingJob {
  const isSudden = report.stage === 'Training' && ['Pending', 'Starting'].includes(stageOf(job))
  const before = isSudden ? enter(job, { stage: 'Downloading', since: report.since }, now) : job
  const entered = enter(before, report, now)
  return report.stage === 'Starting' || job.trainingStartedAt
    ? entered
    : { ...entered, trainingStartedAt: report.since }
}

/** Its hosts were asked to stop; what goes up already goes on. */
export function afterStop(job: TrainingJob, now: Date): TrainingJob {
  const stopping = { ...job, stopSentAt: now }
  return stageOf(job) === 'Uploading' ? stopping : enter(stopping, { stage: 'Stopping', since: now }, now)
}

/** Its hosts were told that they are taken away. */
export function afterInterrupt(job: TrainingJob, now: Date): TrainingJob {
  return { ...enter(job, { stage: 'Interrupted', since: now }, now), interruptSentAt: now }
}

/** The attempt is over, and is not the last one. */
export function afterRetirement(job: TrainingJob, retired: Attempt): TrainingJob {
  return { ...job, retired }
}

/** Nothing of the attempt is left on its hosts: the job begins anew, in a group of its own. */
export function afterRestart(job: TrainingJob, now: Date): TrainingJob {
  const { retired, startedAt, trainingStartedAt, stopSentAt, ...kept } = job
  const { interruptRequestedAt, interruptSentAt, ...rest } = kept
  if (!retired) return job
  const attempts = [...(job.attempts ?? []), retired]
  const group = `${job.group.replace(/r\d+$/, '')}r${attempts.length}`
  const wasTold = retired.cause === 'error' || stageOf(job) === 'Interrupted'
  const told = wasTold ? rest : enter(rest, { stage: 'Interrupted', since: retired.endedAt }, now)
  const message = retired.cause === 'error' ? 'Retrying after an internal error' : stageMessages.Starting
  return enter({ ...told, attempts, group }, { stage: 'Starting', since: now, message }, now)
}

/** How it ends is decided; nobody is told before its hosts are cleared. */
export function afterVerdict(job: TrainingJob, verdict: Ending): TrainingJob {
  return { ...job, verdict }
}

/** Nothing of it is left on its hosts. */
export function afterEnd(job: TrainingJob, end: Ending, now: Date): TrainingJob {
  const whole = end.stage === 'Completed' ? throughEveryStage(job, end.at) : job
  const { stage, at: since, message } = end
  const ended = enter(whole, { stage, since, ...(message ? { message } : {}) }, now)
  const training = end.environment ? { message: stageMessage('Training', end.environment) } : {}
  const transitions = ended.transitions.map((transition) => ({
    ...transition,
    // One that came and went between two looks has not been told by its host.
    ...(transition.stage === 'Training' ? training : {}),
    to: transition.to ?? end.at,
  }))
  return { ...ended, transitions, end }
}

/**
 * A completed job has been through every stage, also where nobody looked: while this server was down, or between two
 * looks. Training gets the time of which nothing is known.
 */
function throughEveryStage(job: TrainingJob, at: Date): TrainingJob {
  const since = job.transitions.at(-1)?.from ?? at
  const stages: readonly Stage[] = ['Downloading', 'Training', 'Uploading']
  const missing = stages.slice(stages.indexOf(stageOf(job)) + 1)
  const entered = missing.reduce(
    (before: TrainingJob, stage) => enter(before, { stage, since: stage === 'Uploading' ? at : since }, at),
    job,
  )
  return { ...entered, trainingStartedAt: job.trainingStartedAt ?? since }
}

/** Enters a stage, or changes the message of the one that holds. */
function enter(
  job: TrainingJob,
  { stage, since, message = stageMessages[stage] }: { stage: Stage; since: Date; message?: string },
  now: Date,
): TrainingJob {
  const before = job.transitions.slice(0, -1)
  const last = job.transitions.at(-1)
  if (last?.stage === stage) {
    return { ...job, transitions: [...before, { ...last, message }], modifiedAt: now }
  }
  // Clocks of hosts may differ from ours: a stage never ends before it began.
  const from = last && since < last.from ? last.from : since
  const closed = last ? [{ ...last, to: from }] : []
  return { ...job, transitions: [...before, ...closed, { stage, message, from }], modifiedAt: now }
}
