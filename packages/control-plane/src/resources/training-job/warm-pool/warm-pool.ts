import { isDeepStrictEqual } from 'node:util'
import type { DescribeTrainingJobOutput, TrainingJob } from '../record.ts'

export type WarmPoolStatus = NonNullable<DescribeTrainingJobOutput['WarmPoolStatus']>

/**
 * What has become of the instances of a job with a KeepAlivePeriodInSeconds; undefined for a job without one. Nothing
 * of this is stored but what others did to the pool: it follows from the time. Source: SageMaker's WarmPoolStatus.
 */
export function warmPoolOf(job: TrainingJob, now: Date): WarmPoolStatus | undefined {
  if (keepAliveSeconds(job) === 0 && !job.poolReleasedAt) return undefined
  if (!job.end) return { Status: 'InUse' }
  if (job.reusedBy) {
    return {
      Status: 'Reused',
      ReusedByJob: job.reusedBy.job,
      ResourceRetainedBillableTimeInSeconds: secondsBetween(job.end.at, job.reusedBy.at),
    }
  }
  const until = poolEnd(job, job.end.at)
  return {
    Status: now < until ? 'Available' : 'Terminated',
    ResourceRetainedBillableTimeInSeconds: secondsBetween(job.end.at, now < until ? now : until),
  }
}

/** Whether `job` may run on what `former` left. Source: SageMaker, "Matching training jobs" of warm pools. */
export function matchesPool(former: TrainingJob, job: TrainingJob): boolean {
  return isDeepStrictEqual(factsOf(former), factsOf(job))
}

/** 0 for a job that leaves no pool. */
export function keepAliveSeconds({ request }: TrainingJob): number {
  return request.ResourceConfig?.KeepAlivePeriodInSeconds ?? 0
}

/** A job that never had instances leaves none. */
function poolEnd(job: TrainingJob, endedAt: Date): Date {
  const period = job.startedAt ? keepAliveSeconds(job) * 1000 : 0
  const end = job.poolReleasedAt?.getTime() ?? endedAt.getTime() + period
  return new Date(Math.max(endedAt.getTime(), end))
}

function factsOf({ region, request }: TrainingJob) {
  const { InstanceType, InstanceCount, VolumeSizeInGB, VolumeKmsKeyId } = request.ResourceConfig ?? {}
  return {
    region,
    role: request.RoleArn,
    resources: { InstanceType, InstanceCount, VolumeSizeInGB, VolumeKmsKeyId },
    network: request.VpcConfig,
    isEncrypted: request.EnableInterContainerTrafficEncryption ?? false,
    isIsolated: request.EnableNetworkIsolation ?? false,
    isSpot: request.EnableManagedSpotTraining ?? false,
  }
}

const secondsBetween = (from: Date, to: Date) =>
  Math.max(0, Math.round((to.getTime() - from.getTime()) / 1000))
