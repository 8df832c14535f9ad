import type { FinalMetric } from '@sagebrush/agent'
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
  | 'MaxWaitTimeExceeded'
  | 'Interrupted'

export interface Transition {
  readonly stage: Stage
  readonly message: string
  readonly from: Date
  /** Absent while it lasts. */
  readonly to?: Date
}

export interface Ending {
  readonly status: EndStatus
  readonly stage: Stage
  readonly at: Date
  readonly reason?: string
  /** Told in the place of what the stage says by itself. */
  readonly message?: string
  /** The last values of its metrics. */
  readonly metrics?: readonly FinalMetric[]
  /** What ran it: the versions that stood in for those that were asked. */
  readonly environment?: string
}

/** One run of a job's hosts that did not bring it to an end: the job began anew. */
export interface Attempt {
  readonly cause: 'interruption' | 'error'
  /** Absent when it did not come to fetching data. */
  readonly trainingStartedAt?: Date
  readonly endedAt: Date
}

/** What was asked of a training job and how far it is. Handlers write what is asked, the reconciler the rest. */
export interface TrainingJob extends Tagged {
  readonly region: string
  /** As it came, without the tags. */
  readonly request: Omit<CreateTrainingJobInput, 'Tags' | 'SessionChainingConfig'>
  /** Id of the group of hosts that runs it; another one at each attempt. */
  readonly group: string
  readonly createdAt: Date
  readonly modifiedAt: Date
  /** Never empty; the last one holds. */
  readonly transitions: readonly Transition[]
  readonly stopRequestedAt?: Date
  /** Somebody asked for its hosts to be taken away. */
  readonly interruptRequestedAt?: Date
  readonly interruptSentAt?: Date
  /** The attempts that are over. */
  readonly attempts?: readonly Attempt[]
  /** The attempt that is being cleared away, to begin another. */
  readonly retired?: Attempt
  /** The job that took over its warm pool, and when. */
  readonly reusedBy?: { readonly job: string; readonly at: Date }
  /** When its instances were given up before the end of their keep-alive period. */
  readonly poolReleasedAt?: Date
  /** When its hosts were started. */
  readonly startedAt?: Date
  /** When the first of them began to fetch data: billing and MaxRuntimeInSeconds count from here. */
  readonly trainingStartedAt?: Date
  /** When its hosts were asked to stop, for whatever reason. */
  readonly stopSentAt?: Date
  /** How it ends, once that is decided; not told while its hosts are being cleared away. */
  readonly verdict?: Ending
  /** How it ended: nothing of it is left on its hosts, and nothing will ever change. */
  readonly end?: Ending
}

/** The status is never stored: it follows from what was. */
export function statusOf(job: TrainingJob): TrainingJobStatus {
  if (job.end) return job.end.status
  return job.stopRequestedAt || job.stopSentAt ? 'Stopping' : 'InProgress'
}

/** The secondary status. */
export function stageOf(job: TrainingJob): Stage {
  return job.transitions.at(-1)?.stage ?? 'Starting'
}

/** `s3://bucket/prefix/<job>/output`: artifacts go there. */
export function outputUriOf(job: TrainingJob): string {
  return `${job.request.OutputDataConfig.S3OutputPath.replace(/\/+$/, '')}/${job.name}/output`
}

/** Of all attempts that are over. */
export function trainedMilliseconds({ attempts = [] }: TrainingJob): number {
  return attempts.reduce(
    (sum, { trainingStartedAt, endedAt }) =>
      sum + (trainingStartedAt ? Math.max(0, endedAt.getTime() - trainingStartedAt.getTime()) : 0),
    0,
  )
}

/** When the first attempt that came so far began to fetch data. */
export function firstTrainingStart({ attempts = [], trainingStartedAt }: TrainingJob): Date | undefined {
  return attempts.find((attempt) => attempt.trainingStartedAt)?.trainingStartedAt ?? trainingStartedAt
}

/** Source: SageMaker's default of one day. */
export function maxRuntimeSeconds(job: TrainingJob): number {
  return job.request.StoppingCondition?.MaxRuntimeInSeconds ?? 86_400
}
