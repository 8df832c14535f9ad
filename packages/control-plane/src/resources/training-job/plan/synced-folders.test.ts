import { expect, test } from 'vitest'
import type { TrainingJob } from '../record.ts'
import { newJob } from '../testing/training-jobs.ts'
import { syncedFoldersOf } from './synced-folders.ts'

const withRequest = (changes: Partial<TrainingJob['request']>): TrainingJob => ({
  ...newJob,
  request: { ...newJob.request, ...changes },
})

test.each<[string, Partial<TrainingJob['request']>, object[]]>([
  ['nothing', {}, []],
  [
    'checkpoints, at their usual place',
    { CheckpointConfig: { S3Uri: 's3://b/c/' } },
    [{ path: '/opt/ml/checkpoints', uri: 's3://b/c/', twoWay: true }],
  ],
  [
    'checkpoints at a place of their own',
    { CheckpointConfig: { S3Uri: 's3://b/c', LocalPath: '/opt/ml//mine/' } },
    [{ path: '/opt/ml/mine', uri: 's3://b/c', twoWay: true }],
  ],
  [
    "TensorBoard's events, below the job's name",
    { TensorBoardOutputConfig: { S3OutputPath: 's3://b/t/' } },
    [{ path: '/opt/ml/output/tensorboard', uri: 's3://b/t/mnist/tensorboard-output', twoWay: false }],
  ],
  [
    'intermediate output, where a hyperparameter says',
    { HyperParameters: { sagemaker_s3_output: '"s3://b/p/"' } },
    [{ path: '/opt/ml/output/intermediate', uri: 's3://b/p/mnist/output/intermediate', twoWay: false }],
  ],
  [
    'the same from a hyperparameter that is no JSON',
    { HyperParameters: { sagemaker_s3_output: 's3://b' } },
    [{ path: '/opt/ml/output/intermediate', uri: 's3://b/mnist/output/intermediate', twoWay: false }],
  ],
  [
    'no intermediate output that goes to no bucket',
    { HyperParameters: { sagemaker_s3_output: '"file:///x' } },
    [],
  ],
])('S3 gets %s', (_case, changes, expected) => {
  expect(syncedFoldersOf(withRequest(changes))).toEqual(expected)
})
