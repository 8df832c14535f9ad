import { expect, test } from 'vitest'
import { at, createInput, newJob } from '../testing/training-jobs.ts'
import { planTrainingJob } from './plan.ts'

test('a job becomes one host with all that it needs', () => {
  expect(planTrainingJob(newJob, 'http://127.0.0.1:8400')).toEqual({
    id: 'train-mnist-1',
    createdAt: at(0),
    hosts: [
      {
        kind: 'train',
        name: 'mnist',
        arn: 'arn:aws:sagemaker:us-west-2:123456789012:training-job/mnist',
        region: 'us-west-2',
        endpoint: 'http://127.0.0.1:8400',
        image: '763104351884.dkr.ecr.us-west-2.amazonaws.com/tensorflow-training:2.19.0-cpu-py312',
        instanceType: 'ml.m5.large',
        logStream: { group: '/aws/sagemaker/TrainingJobs', name: `mnist/algo-1-${at(0).getTime() / 1000}` },
        environment: { FOO: '1' },
        cluster: { hosts: ['algo-1'], current: 'algo-1', networkInterface: 'lo' },
        configFiles: expect.objectContaining({ 'init-config.json': expect.any(Object) }),
        hyperParameters: { epochs: '3', sagemaker_program: '"train.py"' },
        channels: [
          {
            name: 'training',
            source: { uri: 's3://bucket/data', type: 'S3Prefix', distribution: 'FullyReplicated' },
            mode: 'File',
          },
        ],
        outputUri: 's3://bucket/models/mnist/output',
        stopGraceSeconds: 120,
        metricDefinitions: [],
        syncedFolders: [],
      },
    ],
  })
})

test('a job without data, parameters and variables has none', () => {
  const {
    InputDataConfig: _data,
    HyperParameters: _parameters,
    Environment: _variables,
    ...request
  } = createInput
  const [host] = planTrainingJob({ ...newJob, request }, 'http://127.0.0.1:8400').hosts
  expect(host).toMatchObject({ channels: [], hyperParameters: {}, environment: {} })
})

test.each(['s3://bucket', 's3://bucket/', 's3://bucket//'])(
  'artifacts under %s go below the job',
  (S3OutputPath) => {
    const request = { ...createInput, OutputDataConfig: { S3OutputPath } }
    const [host] = planTrainingJob({ ...newJob, request }, 'http://127.0.0.1:8400').hosts
    expect(host).toMatchObject({ outputUri: 's3://bucket/mnist/output' })
  },
)

test("a container's command and its isolation travel on", () => {
  const algorithm = { TrainingInputMode: 'File' as const, TrainingImage: 'mine' }
  const asked = { ContainerEntrypoint: ['python', '-u'], ContainerArguments: ['train.py'] }
  const request = {
    ...createInput,
    AlgorithmSpecification: { ...algorithm, ...asked },
    EnableNetworkIsolation: true,
  }
  const [host] = planTrainingJob({ ...newJob, request }, 'http://127.0.0.1:8400').hosts
  const containerCommand = { entrypoint: ['python', '-u'], arguments: ['train.py'] }
  expect(host).toMatchObject({ containerCommand, isIsolated: true })
})

test("a channel's content type travels on", () => {
  const [channel] = createInput.InputDataConfig ?? []
  const InputDataConfig = channel ? [{ ...channel, ContentType: 'text/csv' }] : []
  const [host] = planTrainingJob(
    { ...newJob, request: { ...createInput, InputDataConfig } },
    'http://127.0.0.1:1',
  ).hosts
  expect(host).toMatchObject({ channels: [{ contentType: 'text/csv' }] })
})

test('all that a channel asks for travels on, and its mode is that of the job without one of its own', () => {
  const source = {
    S3DataType: 'AugmentedManifestFile' as const,
    S3Uri: 's3://bucket/manifest',
    S3DataDistributionType: 'ShardedByS3Key' as const,
    AttributeNames: ['image-ref', 'class'],
  }
  const request = {
    ...createInput,
    AlgorithmSpecification: { TrainingImage: 'image', TrainingInputMode: 'Pipe' as const },
    InputDataConfig: [
      {
        ChannelName: 'training',
        DataSource: { S3DataSource: source },
        CompressionType: 'Gzip' as const,
        RecordWrapperType: 'RecordIO' as const,
        ShuffleConfig: { Seed: 0 },
      },
    ],
  }
  const [host] = planTrainingJob({ ...newJob, request }, 'http://127.0.0.1:1').hosts
  expect(host).toMatchObject({
    channels: [
      {
        name: 'training',
        source: {
          uri: 's3://bucket/manifest',
          type: 'AugmentedManifestFile',
          distribution: 'ShardedByS3Key',
          attributes: ['image-ref', 'class'],
        },
        mode: 'Pipe',
        compression: 'Gzip',
        recordWrapper: 'RecordIO',
        shuffleSeed: 0,
      },
    ],
  })
})
