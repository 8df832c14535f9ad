import type { Activity } from '@sagebrush/agent'
import type { HostState } from '../../../compute/compute.ts'
import type { Stage, TrainingJob } from '../record.ts'

/** A stage as the hosts report it. */
export interface StageReport {
  readonly stage: Stage
  readonly message: string
  readonly since: Date
}

/** What AWS tells at each stage. Source: SageMaker's SecondaryStatusTransitions. */
export const stageMessages: Readonly<Record<Stage, string>> = {
  Starting: 'Preparing the instances for training',
  Pending: 'Waiting for compute capacity: earlier training jobs take what the machine of this server has',
  Downloading: 'Downloading input data',
  Training: 'Training image download completed. Training in progress.',
  Stopping: 'Stopping the training job',
  Uploading: 'Uploading generated training model',
  Completed: 'Training job completed',
  Failed: 'Training job failed',
  Stopped: 'Training job stopped',
  MaxRuntimeExceeded: 'Training job runtime exceeded MaxRuntimeInSeconds provided',
  MaxWaitTimeExceeded: 'Training job wait time exceeded MaxWaitTimeInSeconds provided',
  Interrupted: 'Training job interrupted: its spot capacity was taken away',
}

/** `loading` and `serving` are an endpoint's. */
const stageOfActivity: Readonly<Record<Activity, Stage>> = {
  preparing: 'Starting',
  downloading: 'Downloading',
  training: 'Training',
  stopping: 'Stopping',
  uploading: 'Uploading',
  loading: 'Training',
  serving: 'Training',
}

const order: readonly Stage[] = ['Pending', 'Starting', 'Downloading', 'Training', 'Stopping', 'Uploading']

/** Stages are told in one order only; the same one again is forward too. */
export function isForward(from: Stage, to: Stage): boolean {
  return order.indexOf(to) >= order.indexOf(from)
}

/** Whether there is nothing new in the report. */
export function isSameStage(job: TrainingJob, report: StageReport): boolean {
  const last = job.transitions.at(-1)
  return last?.stage === report.stage && last.message === report.message
}

/** The stage of the host that is least far; undefined before any runs. */
export function stageOfHosts(hosts: readonly HostState[]): StageReport | undefined {
  const reports = hosts.flatMap((host) => (host.phase === 'running' ? [reportOf(host)] : []))
  return reports.sort((a, b) => order.indexOf(a.stage) - order.indexOf(b.stage))[0]
}

function reportOf(host: Extract<HostState, { phase: 'running' }>): StageReport {
  const stage = stageOfActivity[host.activity]
  return { stage, since: host.since, message: stageMessage(stage, host.message) }
}

/** What is told at a stage, and what a host adds to it. */
export function stageMessage(stage: Stage, more: string | undefined): string {
  const told = stageMessages[stage]
  if (!more) return told
  return told.endsWith('.') ? `${told} ${more}` : `${told}: ${more}`
}
