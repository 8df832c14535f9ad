import { ValidationException } from '@sagebrush/api'
import { checkSyncedFolders } from '../plan/synced-folders.ts'
import type { CreateTrainingJobInput } from '../record.ts'
import { checkChannels } from './channel-rules.ts'

/**
 * Rules that no single field's limits tell: what AWS demands beyond its shapes, and what cannot be run here (yet), told
 * at once rather than by a job that fails. Throws ValidationException.
 */
export function checkTrainingJob(input: CreateTrainingJobInput): void {
  checkAlgorithm(input)
  checkResources(input)
  checkStoppingCondition(input)
  checkOutputs(input)
  checkChannels(input)
}

function checkAlgorithm({ AlgorithmSpecification: algorithm }: CreateTrainingJobInput): void {
  if (algorithm?.AlgorithmName !== undefined) {
    refuse('AlgorithmName is not supported; name a TrainingImage in AlgorithmSpecification.')
  }
  if (!algorithm?.TrainingImage) refuse('AlgorithmSpecification must name a TrainingImage.')
}

function checkResources({ ResourceConfig: resources }: CreateTrainingJobInput): void {
  if (resources?.InstanceGroups?.length) {
    refuse('InstanceGroups are not supported; give InstanceType and an InstanceCount of 1.')
  }
  if (!resources?.InstanceType) refuse('ResourceConfig must name an InstanceType.')
  const count = resources?.InstanceCount ?? 0
  if (count < 1) refuse('ResourceConfig must have an InstanceCount of at least 1.')
  if (count > 1) refuse(`An InstanceCount of ${count} is not supported; training runs on 1 instance.`)
}

function checkStoppingCondition(input: CreateTrainingJobInput): void {
  if (!input.EnableManagedSpotTraining) {
    if (input.StoppingCondition?.MaxWaitTimeInSeconds === undefined) return
    refuse('MaxWaitTimeInSeconds is only supported when EnableManagedSpotTraining is set to true.')
  }
  if (input.ResourceConfig?.KeepAlivePeriodInSeconds) {
    refuse('KeepAlivePeriodInSeconds is not supported with EnableManagedSpotTraining.')
  }
  const { MaxRuntimeInSeconds: runtime = 86_400, MaxWaitTimeInSeconds: wait = 0 } =
    input.StoppingCondition ?? {}
  if (wait < runtime) {
    refuse(
      'Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds.',
    )
  }
}

function checkOutputs(input: CreateTrainingJobInput): void {
  onlyS3(input.OutputDataConfig.S3OutputPath, 'OutputDataConfig.S3OutputPath')
  if (input.CheckpointConfig) onlyS3(input.CheckpointConfig.S3Uri, 'CheckpointConfig.S3Uri')
  const tensorBoard = input.TensorBoardOutputConfig
  if (tensorBoard) onlyS3(tensorBoard.S3OutputPath, 'TensorBoardOutputConfig.S3OutputPath')
  checkSyncedFolders(input)
}

function onlyS3(uri: string, place: string): void {
  if (!/^s3:\/\/[^/]+/.test(uri)) refuse(`${place} must be of the form s3://bucket/key: ${uri}`)
}

function refuse(message: string): never {
  throw ValidationException(message)
}
