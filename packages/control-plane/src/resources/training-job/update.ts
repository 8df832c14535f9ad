import { type InputOf, type sagemaker, ValidationException } from '@sagebrush/api'
import { statusOf, type TrainingJob } from './record.ts'
import { warmPoolOf } from './warm-pool/warm-pool.ts'

type UpdateTrainingJobInput = InputOf<typeof sagemaker, 'UpdateTrainingJob'>

/**
 * The job as its user wants it from now on. What profiles or debugs can change while it runs, how long its instances
 * are kept also afterwards, as long as they are. Throws ValidationException. Source: SageMaker's UpdateTrainingJob.
 */
export function updatedJob(job: TrainingJob, input: UpdateTrainingJobInput, now: Date): TrainingJob {
  const { TrainingJobName: _name, ResourceConfig: resources, ...settings } = input
  if (Object.keys(settings).length > 0 && job.end)
    throw refused(job, `it is in status ${statusOf(job)}, and only its keep-alive period can be updated.`)
  const updated = { ...job, request: { ...job.request, ...settings }, modifiedAt: now }
  return resources ? withKeepAlive(updated, resources.KeepAlivePeriodInSeconds, now) : updated
}

function withKeepAlive(job: TrainingJob, seconds: number, now: Date): TrainingJob {
  const status = warmPoolOf(job, now)?.Status
  if (status !== 'InUse' && status !== 'Available')
    throw refused(job, `its warm pool is ${status === undefined ? 'not there' : `in status ${status}`}.`)
  const ResourceConfig = { ...job.request.ResourceConfig, KeepAlivePeriodInSeconds: seconds }
  const isOver = job.end !== undefined && job.end.at.getTime() + seconds * 1000 <= now.getTime()
  const { poolReleasedAt: _former, ...kept } = job
  const released = isOver || seconds === 0 ? { poolReleasedAt: now } : {}
  return { ...kept, request: { ...job.request, ResourceConfig }, ...released }
}

function refused(job: TrainingJob, why: string) {
  return ValidationException(`The training job ${job.name} cannot be updated: ${why}`)
}
