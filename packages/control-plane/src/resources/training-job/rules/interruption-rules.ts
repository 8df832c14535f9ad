import { ValidationException } from '@sagebrush/api'
import { stageOf, statusOf, type TrainingJob } from '../record.ts'

/** Only what runs on spot capacity can lose it. Throws ValidationException. */
export function checkInterruption(job: TrainingJob): void {
  const refused = (why: string) =>
    ValidationException(`The training job ${job.name} cannot be interrupted: ${why}`)
  if (statusOf(job) !== 'InProgress') throw refused(`it is in status ${statusOf(job)}.`)
  if (!job.request.EnableManagedSpotTraining)
    throw refused('it was created without EnableManagedSpotTraining.')
  if (!job.startedAt || job.retired || job.interruptSentAt)
    throw refused(`it holds no instances, its secondary status is ${stageOf(job)}.`)
  if (stageOf(job) === 'Uploading')
    throw refused('its training has ended, its secondary status is Uploading.')
}
