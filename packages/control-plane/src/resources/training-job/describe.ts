import type { OutputOf, sagemaker } from '@sagebrush/api'
import {
  type DescribeTrainingJobOutput,
  maxRuntimeSeconds,
  outputUriOf,
  stageOf,
  statusOf,
  type TrainingJob,
} from './record.ts'

type Summary = OutputOf<typeof sagemaker, 'ListTrainingJobs'>['TrainingJobSummaries'][number]

/** All that was asked, also members that nobody here knows, and what has become of it. */
export function describeTrainingJob(job: TrainingJob): DescribeTrainingJobOutput {
  const { request } = job
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
    ModelArtifacts: { S3ModelArtifacts: `${outputUriOf(job)}/model.tar.gz` },
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
    ...(job.trainingStartedAt ? { TrainingStartTime: job.trainingStartedAt } : {}),
    FinalMetricDataList: (job.end?.metrics ?? []).map(({ name, value, at }) => {
      return { MetricName: name, Value: value, Timestamp: new Date(at) }
    }),
    ProfilingStatus: 'Disabled',
    ...describeEnd(job),
  }
}

export function summarizeTrainingJob(job: TrainingJob): Summary {
  return {
    TrainingJobName: job.name,
    TrainingJobArn: job.arn,
    CreationTime: job.createdAt,
    ...(job.end ? { TrainingEndTime: job.end.at } : {}),
    LastModifiedTime: job.modifiedAt,
    TrainingJobStatus: statusOf(job),
    SecondaryStatus: stageOf(job),
  }
}

/** Spot jobs run on this machine as all others do: every second of training is billable. */
function describeEnd({ end, trainingStartedAt }: TrainingJob): Partial<DescribeTrainingJobOutput> {
  if (!end) return {}
  const reason = end.reason === undefined ? {} : { FailureReason: end.reason }
  if (!trainingStartedAt) return { TrainingEndTime: end.at, ...reason }
  const seconds = Math.max(1, Math.round((end.at.getTime() - trainingStartedAt.getTime()) / 1000))
  return {
    TrainingEndTime: end.at,
    TrainingTimeInSeconds: seconds,
    BillableTimeInSeconds: seconds,
    ...reason,
  }
}
