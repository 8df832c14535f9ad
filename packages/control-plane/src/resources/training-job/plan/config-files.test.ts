import { describe, expect, it } from 'vitest'
import type { TrainingJob } from '../record.ts'
import { createInput, newJob } from '../testing/training-jobs.ts'
import { configFilesOf } from './config-files.ts'

const filesOf = (changes: Partial<TrainingJob['request']> = {}, more: Partial<TrainingJob> = {}) =>
  configFilesOf(
    { ...newJob, ...more, request: { ...createInput, ...changes } },
    { hosts: ['algo-1', 'algo-2'], current: 'algo-2' },
  )

describe('configFilesOf', () => {
  it('has only what every job has where nothing more is asked', () => {
    expect(Object.keys(filesOf())).toEqual([
      'init-config.json',
      'metric-definition-regex.json',
      'upstreamoutputdataconfig.json',
    ])
  })

  it('tells how a job begins, in the spelling of its own', () => {
    const { 'init-config.json': text } = filesOf(
      {
        CheckpointConfig: { S3Uri: 's3://bucket/state', LocalPath: '/state/' },
        InputDataConfig: [
          {
            ChannelName: 'data',
            DataSource: {
              S3DataSource: {
                S3DataType: 'AugmentedManifestFile',
                S3Uri: 's3://bucket/manifest',
                S3DataDistributionType: 'ShardedByS3Key',
                AttributeNames: ['a-ref'],
              },
            },
            InputMode: 'Pipe',
            RecordWrapperType: 'RecordIO',
            ShuffleConfig: { Seed: 7 },
          },
        ],
      },
      { attempts: [{ cause: 'interruption', endedAt: newJob.createdAt }] },
    )
    expect(text).toEqual({
      inputMode: 'FILE',
      channels: {
        data: {
          s3DataSource: {
            s3DataType: 'AUGMENTED_MANIFEST_FILE',
            s3Uri: 's3://bucket/manifest',
            s3DataDistributionType: 'SHARDED_BY_S3_KEY',
            attributeNames: ['a-ref'],
          },
          fileSystemDataSource: null,
          compressionType: 'NONE',
          recordWrapper: 'RECORD_IO',
          shuffleConfig: { seed: 7 },
          inputMode: 'PIPE',
          sharded: true,
        },
      },
      checkpointChannel: {
        name: 'checkpoints',
        channel: {
          s3DataSource: {
            s3DataType: 'S3_PREFIX',
            s3Uri: 's3://bucket/state',
            s3DataDistributionType: null,
            attributeNames: null,
          },
          fileSystemDataSource: null,
          compressionType: null,
          recordWrapper: null,
          shuffleConfig: null,
          inputMode: 'FILE',
          sharded: false,
        },
        outputPath: '/state',
        allowEmpty: true,
      },
      hostConfig: { clusterSize: 2, hostNumber: 2 },
      enableAdditionalPlatformLoggingForCustomer: false,
      jobRunInfo: { jobRunNumber: 2 },
    })
  })

  it.each<[string, Partial<TrainingJob['request']>, object | undefined]>([
    [
      'debughookconfig.json',
      { DebugHookConfig: { S3OutputPath: 's3://b/d/' } },
      {
        S3OutputPath: 's3://b/d/mnist/debug-output',
        LocalPath: '/opt/ml/output/tensors',
        HookParameters: null,
        CollectionConfigurations: null,
      },
    ],
    [
      'profilerconfig.json',
      { ProfilerConfig: { ProfilingIntervalInMilliseconds: 100 } },
      {
        S3OutputPath: 's3://bucket/models/mnist/profiler-output',
        LocalPath: '/opt/ml/output/profiler',
        ProfilingIntervalInMilliseconds: 100,
        ProfilingParameters: {},
      },
    ],
    ['profilerconfig.json', { ProfilerConfig: { DisableProfiler: true } }, undefined],
    [
      'checkpointconfig.json',
      { CheckpointConfig: { S3Uri: 's3://b/c' } },
      { LocalPath: '/opt/ml/checkpoints' },
    ],
    [
      'tensorboardoutputconfig.json',
      { TensorBoardOutputConfig: { S3OutputPath: 's3://b/t' } },
      { S3OutputPath: 's3://b/t/mnist/tensorboard-output', LocalPath: '/opt/ml/output/tensorboard' },
    ],
    [
      'metric-definition-regex.json',
      {
        AlgorithmSpecification: {
          TrainingInputMode: 'File',
          MetricDefinitions: [{ Name: 'loss', Regex: 'loss=(.*)' }],
        },
      },
      [{ Name: 'loss', Regex: 'loss=(.*)' }],
    ],
    [
      'upstreamoutputdataconfig.json',
      { OutputDataConfig: { S3OutputPath: 's3://b/o', CompressionType: 'NONE' } },
      { KmsKeyId: '', S3OutputPath: 's3://b/o', CompressionType: 'NONE' },
    ],
  ])('%s of %j', (name, changes, expected) => {
    expect(filesOf(changes)[name]).toEqual(expected)
  })
})
