import type { OutputOf, sagemaker } from '@sagebrush/api'
import {
  type DescribeTrainingJobOutput,
  firstTrainingStart,
  maxRuntimeSeconds,
  outputUriOf,
  stageOf,
  statusOf,
  type TrainingJob,
  trainedMilliseconds,
} from './record.ts'
import { warmPoolOf } from './warm-pool/warm-pool.ts'

type Summary = OutputOf<typeof sagemaker, 'ListTrainingJobs'>['TrainingJobSummaries'][number]

/** All that was asked, also members that nobody here knows, and what has become of it. */
export function describeTrainingJob(job: TrainingJob, now: Date): DescribeTrainingJobOutput {
  const { request } = job
  const warmPool = warmPoolOf(job, now)
  const startedAt = firstTrainingStart(job)
  const model = request.OutputDataConfig.CompressionType === 'NONE' ? 'model/' : 'model.tar.gz'
  return {
    EnableNetworkIsolation: false,
    EnableInterContainerTrafficEncryption: false,
    EnableManagedSpotTraining: false,
    ...request,
    // `attach` of the SageMaker SDK reads the key's id without looking whether it is there.
    OutputDataConfig: { KmsKeyId: '', CompressionType: 'GZIP', ...request.OutputDataConfig },
    StoppingCondition: { MaxRuntimeInSeconds: maxRuntimeSeconds(job), ...request.StoppingCondition },
    TrainingJobName: job.name,
    TrainingJobArn: job.arn,
    ModelArtifacts: { S3ModelArtifacts: `${outputUriOf(job)}/${model}` },
    TrainingJobStatus: statusOf(job),
    SecondaryStatus: stageOf(job),
    SecondaryStatusTransitions: job.transitions.map(({ stage, message, from, to }) => ({
      Status: stage,
      StartTime: from,
      ...(to ? { EndTime: to } : {}),
      StatusMessage: message,
    })),
    CreationTime: job.createdAt,
    LastModifiedTime: job.modifiedAt,
    ...(startedAt ? { TrainingStartTime: startedAt } : {}),
    FinalMetricDataList: (job.end?.metrics ?? []).map(({ name, value, at }) => {
      return { MetricName: name, Value: value, Timestamp: new Date(at) }
    }),
    ProfilingStatus: 'Disabled',
    ...(warmPool ? { WarmPoolStatus: warmPool } : {}),
    ...describeEnd(job),
  }
}

/** As ListTrainingJobs tells it. */
export function summarizeTrainingJob(job: TrainingJob, now: Date): Summary {
  const warmPool = warmPoolOf(job, now)
  const plan = job.request.ResourceConfig?.TrainingPlanArn
  return {
    TrainingJobName: job.name,
    TrainingJobArn: job.arn,
    CreationTime: job.createdAt,
    ...(job.end ? { TrainingEndTime: job.end.at } : {}),
    LastModifiedTime: job.modifiedAt,
    TrainingJobStatus: statusOf(job),
    SecondaryStatus: stageOf(job),
    ...(warmPool ? { WarmPoolStatus: warmPool } : {}),
    ...(plan === undefined ? {} : { TrainingPlanArn: plan }),
  }
}

/** There is no market here: spot instances cost what others do, all the time of training in all attempts. */
function describeEnd(job: TrainingJob): Partial<DescribeTrainingJobOutput> {
  const { end, trainingStartedAt } = job
  if (!end) return {}
  const reason = end.reason === undefined ? {} : { FailureReason: end.reason }
  if (!firstTrainingStart(job)) return { TrainingEndTime: end.at, ...reason }
  const last = trainingStartedAt ? end.at.getTime() - trainingStartedAt.getTime() : 0
  const seconds = Math.max(1, Math.round((last + trainedMilliseconds(job)) / 1000))
  return {
    TrainingEndTime: end.at,
    TrainingTimeInSeconds: seconds,
    BillableTimeInSeconds: seconds,
    ...reason,
  }
}
