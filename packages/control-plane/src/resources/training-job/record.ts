import type { InputOf, OutputOf, sagemaker } from '@sagebrush/api'
import type { Tagged } from '../tags/tags.ts'

export type CreateTrainingJobInput = InputOf<typeof sagemaker, 'CreateTrainingJob'>
export type DescribeTrainingJobOutput = OutputOf<typeof sagemaker, 'DescribeTrainingJob'>
export type TrainingJobStatus = DescribeTrainingJobOutput['TrainingJobStatus']
export type EndStatus = Extract<TrainingJobStatus, 'Completed' | 'Failed' | 'Stopped'>

/** The secondary statuses that jobs pass through here. */
export type Stage =
  | 'Starting'
  | 'Pending'
  | 'Downloading'
  | 'Training'
  | 'Stopping'
  | 'Uploading'
  | 'Completed'
  | 'Failed'
  | 'Stopped'
  | 'MaxRuntimeExceeded'

export interface Transition {
  readonly stage: Stage
  readonly message: string
  readonly from: Date
  /** Absent while it lasts. */
  readonly to?: Date
}

/** What was asked of a training job and how far it is. Handlers write what is asked, the reconciler the rest. */
export interface TrainingJob extends Tagged {
  readonly region: string
  /** As it came, without the tags. */
  readonly request: Omit<CreateTrainingJobInput, 'Tags' | 'SessionChainingConfig'>
  /** Id of the group of hosts that runs it. */
  readonly group: string
  readonly createdAt: Date
  readonly modifiedAt: Date
  /** Never empty; the last one holds. */
  readonly transitions: readonly Transition[]
  readonly stopRequestedAt?: Date
  readonly deleteRequested?: true
  /** When its hosts were started. */
  readonly startedAt?: Date
  /** When the first of them began to fetch data: billing and MaxRuntimeInSeconds count from here. */
  readonly trainingStartedAt?: Date
  /** When its hosts were asked to stop, for whatever reason. */
  readonly stopSentAt?: Date
  readonly end?: { readonly status: EndStatus; readonly at: Date; readonly reason?: string }
  /** Nothing of it is left on its hosts. */
  readonly groupRemoved?: true
}

/** What to tell while it lasts and when it has ended: the status is never stored twice. */
export function statusOf(job: TrainingJob): TrainingJobStatus {
  if (job.end) return job.deleteRequested ? 'Deleting' : job.end.status
  return job.stopRequestedAt || job.stopSentAt ? 'Stopping' : 'InProgress'
}

export function stageOf(job: TrainingJob): Stage {
  return job.transitions.at(-1)?.stage ?? 'Starting'
}

/** `s3://bucket/prefix/<job>/output`: artifacts go there. */
export function outputUriOf(job: TrainingJob): string {
  return `${job.request.OutputDataConfig.S3OutputPath.replace(/\/+$/, '')}/${job.name}/output`
}

/** Source: SageMaker's default of one day. */
export function maxRuntimeSeconds(job: TrainingJob): number {
  return job.request.StoppingCondition?.MaxRuntimeInSeconds ?? 86_400
}
