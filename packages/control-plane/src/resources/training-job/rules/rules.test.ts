import { posix } from 'node:path'
import { expect, test } from 'vitest'
import type { CreateTrainingJobInput } from '../record.ts'
import { createInput } from '../testing/training-jobs.ts'
import { checkTrainingJob } from './rules.ts'

type Changes = Partial<{ [K in keyof CreateTrainingJobInput]: CreateTrainingJobInput[K] | undefined }>
type Channel = NonNullable<CreateTrainingJobInput['InputDataConfig']>[number]

const [training] = createInput.InputDataConfig ?? []
const channel = (changes: Partial<Channel>): Changes => ({
  InputDataConfig: training ? [{ ...training, ...changes }] : [],
})
const source = (changes: object): Changes =>
  channel({ DataSource: { S3DataSource: { S3DataType: 'S3Prefix', S3Uri: 's3://bucket/data', ...changes } } })
const image = 'tensorflow-training:2.19.0-cpu-py312'

test.each<[string, Changes]>([
  ['a usual one', {}],
  ['without data', { InputDataConfig: undefined }],
  ['with data sharded over its one instance', source({ S3DataDistributionType: 'ShardedByS3Key' })],
  [
    'with a channel that names the File mode itself',
    channel({ InputMode: 'File', CompressionType: 'None', RecordWrapperType: 'None' }),
  ],
  [
    'with channels of every mode',
    {
      InputDataConfig: (['File', 'Pipe', 'FastFile'] as const).flatMap((InputMode) =>
        training ? [{ ...training, InputMode, ChannelName: InputMode }] : [],
      ),
    },
  ],
  [
    'in Pipe mode, with a compressed, wrapped and shuffled channel',
    {
      AlgorithmSpecification: { TrainingInputMode: 'Pipe', TrainingImage: image },
      ...channel({ CompressionType: 'Gzip', RecordWrapperType: 'RecordIO', ShuffleConfig: { Seed: 1 } }),
    },
  ],
  ['with a manifest', source({ S3DataType: 'ManifestFile' })],
  [
    'with an augmented manifest in Pipe mode',
    {
      AlgorithmSpecification: { TrainingInputMode: 'Pipe', TrainingImage: image },
      ...source({ S3DataType: 'AugmentedManifestFile', AttributeNames: ['source-ref'] }),
    },
  ],
  [
    'with two definitions of one metric, which the model of AWS does not forbid',
    {
      AlgorithmSpecification: {
        TrainingInputMode: 'File',
        TrainingImage: image,
        MetricDefinitions: ['loss=(.*)', 'cost=(.*)'].map((Regex) => ({ Name: 'loss', Regex })),
      },
    },
  ],
  ['without a stopping condition', { StoppingCondition: undefined }],
  [
    'on spot instances',
    {
      EnableManagedSpotTraining: true,
      StoppingCondition: { MaxRuntimeInSeconds: 5, MaxWaitTimeInSeconds: 5 },
    },
  ],
  [
    'with keys, networks and debuggers that have no meaning here',
    {
      EnableNetworkIsolation: true,
      VpcConfig: { SecurityGroupIds: ['sg-1'], Subnets: ['subnet-1'] },
      DebugHookConfig: { S3OutputPath: 's3://b' },
      ProfilerConfig: { DisableProfiler: true },
    },
  ],
  ['with a model as it is', { OutputDataConfig: { S3OutputPath: 's3://b', CompressionType: 'NONE' } }],
  [
    'with checkpoints and TensorBoard beside /opt/ml, where AWS wants the latter',
    {
      CheckpointConfig: { S3Uri: 's3://b/c', LocalPath: '/tmp/checkpoints' },
      TensorBoardOutputConfig: { S3OutputPath: 's3://b/t', LocalPath: '/opt/tensorboard/' },
    },
  ],
  [
    'with checkpoints and TensorBoard',
    {
      CheckpointConfig: { S3Uri: 's3://b/c', LocalPath: '/opt/ml/local_checkpoints/' },
      TensorBoardOutputConfig: { S3OutputPath: 's3://b/t' },
    },
  ],
])('a training job %s is taken', (_case, changes) => {
  expect(() => checkTrainingJob({ ...createInput, ...changes } as CreateTrainingJobInput)).not.toThrow()
})

test.each<[string, Changes, string]>([
  [
    'without an algorithm',
    { AlgorithmSpecification: undefined },
    'AlgorithmSpecification must name a TrainingImage.',
  ],
  [
    'without an image',
    { AlgorithmSpecification: { TrainingInputMode: 'File' } },
    'AlgorithmSpecification must name a TrainingImage.',
  ],
  [
    'of a marketplace algorithm',
    { AlgorithmSpecification: { TrainingInputMode: 'File', AlgorithmName: 'a' } },
    'AlgorithmName is not supported; name a TrainingImage in AlgorithmSpecification.',
  ],
  [
    'with a compressed channel',
    channel({ CompressionType: 'Gzip' }),
    'CompressionType Gzip of channel "training" needs the input mode Pipe; it is File.',
  ],
  [
    'with wrapped records',
    channel({ RecordWrapperType: 'RecordIO', InputMode: 'FastFile' }),
    'RecordWrapperType RecordIO of channel "training" needs the input mode Pipe; it is FastFile.',
  ],
  [
    'with an augmented manifest that is to become files',
    source({ S3DataType: 'AugmentedManifestFile', AttributeNames: ['source-ref'] }),
    'S3DataType AugmentedManifestFile of channel "training" needs the input mode Pipe; it is File.',
  ],
  [
    'with an augmented manifest of which nothing is wanted',
    {
      AlgorithmSpecification: { TrainingInputMode: 'Pipe', TrainingImage: image },
      ...source({ S3DataType: 'AugmentedManifestFile' }),
    },
    'S3DataType AugmentedManifestFile of channel "training" needs AttributeNames.',
  ],
  [
    'with attributes of plain objects',
    source({ AttributeNames: ['source-ref'] }),
    'AttributeNames of channel "training" need the S3DataType AugmentedManifestFile; it is S3Prefix.',
  ],
  [
    'with a manifest in FastFile mode',
    channel({
      InputMode: 'FastFile',
      DataSource: { S3DataSource: { S3DataType: 'ManifestFile', S3Uri: 's3://bucket/manifest' } },
    }),
    'The input mode FastFile of channel "training" needs the S3DataType S3Prefix; it is ManifestFile.',
  ],
  [
    'with data on the web',
    source({ S3Uri: 'https://bucket/data' }),
    'the S3Uri of channel "training" must be of the form s3://bucket/key: https://bucket/data',
  ],
  [
    'with data on a file system',
    channel({ DataSource: {} }),
    'The DataSource of channel "training" must be an S3DataSource; file systems are not supported.',
  ],
  [
    'with a channel that is no folder of its own',
    channel({ ChannelName: '..' }),
    '".." cannot be a channel\'s name: it becomes a folder of that name.',
  ],
  [
    "with a channel of a pipe's name",
    {
      AlgorithmSpecification: { TrainingImage: 'image', TrainingInputMode: 'Pipe' as const },
      InputDataConfig: ['training_10', 'training'].flatMap((ChannelName) =>
        (createInput.InputDataConfig ?? []).map((channel) => ({ ...channel, ChannelName })),
      ),
    },
    'The channel "training_10" has the name of a pipe of the channel "training", whose input mode is Pipe.',
  ],
  [
    'with the same channel twice',
    { InputDataConfig: [...(createInput.InputDataConfig ?? []), ...(createInput.InputDataConfig ?? [])] },
    'Channel names must be unique; "training" is there twice.',
  ],
  ['without resources', { ResourceConfig: undefined }, 'ResourceConfig must name an InstanceType.'],
  [
    'without a number of instances',
    { ResourceConfig: { InstanceType: 'ml.m5.large' } },
    'ResourceConfig must have an InstanceCount of at least 1.',
  ],
  [
    'on no instance',
    { ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 0 } },
    'ResourceConfig must have an InstanceCount of at least 1.',
  ],
  [
    'on two instances',
    { ResourceConfig: { InstanceType: 'ml.m5.large', InstanceCount: 2 } },
    'An InstanceCount of 2 is not supported; training runs on 1 instance.',
  ],
  [
    'on groups of instances',
    {
      ResourceConfig: {
        InstanceGroups: [{ InstanceType: 'ml.m5.large', InstanceCount: 1, InstanceGroupName: 'g' }],
      },
    },
    'InstanceGroups are not supported; give InstanceType and an InstanceCount of 1.',
  ],
  [
    'on spot instances that may not wait',
    { EnableManagedSpotTraining: true },
    'Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds.',
  ],
  [
    'with outputs on the web',
    { OutputDataConfig: { S3OutputPath: 'https://bucket/out' } },
    'OutputDataConfig.S3OutputPath must be of the form s3://bucket/key: https://bucket/out',
  ],
  [
    'with checkpoints outside of S3',
    { CheckpointConfig: { S3Uri: 'https://bucket/c' } },
    'CheckpointConfig.S3Uri must be of the form s3://bucket/key: https://bucket/c',
  ],
  ...[
    '/opt/ml/input/../input/data',
    '/opt/ml',
    '/opt/ml/model/',
    '/opt/ml/output',
    '/',
    '/tmp/',
    '/home',
    '/usr/local/nvidia',
    '/etc',
    'checkpoints',
  ].map((path): [string, Changes, string] => [
    `with checkpoints in ${path}`,
    { CheckpointConfig: { S3Uri: 's3://b/c', LocalPath: path } },
    `CheckpointConfig.LocalPath must be a folder of its own, such as /opt/ml/checkpoints; it is ${posix.join(path, '.').replace(/(.)\/$/, '$1')}.`,
  ]),
  [
    'with events among the checkpoints',
    {
      CheckpointConfig: { S3Uri: 's3://b/c' },
      TensorBoardOutputConfig: { S3OutputPath: 's3://b/t', LocalPath: '/opt/ml/checkpoints/logs' },
    },
    'The LocalPath /opt/ml/checkpoints/logs of TensorBoardOutputConfig overlaps with /opt/ml/checkpoints of CheckpointConfig.',
  ],
  [
    'that waits without spot instances',
    { StoppingCondition: { MaxRuntimeInSeconds: 5, MaxWaitTimeInSeconds: 5 } },
    'MaxWaitTimeInSeconds is only supported when EnableManagedSpotTraining is set to true.',
  ],
  [
    'that keeps spot instances',
    {
      EnableManagedSpotTraining: true,
      StoppingCondition: { MaxRuntimeInSeconds: 5, MaxWaitTimeInSeconds: 5 },
      ResourceConfig: { ...createInput.ResourceConfig, KeepAlivePeriodInSeconds: 60 },
    },
    'KeepAlivePeriodInSeconds is not supported with EnableManagedSpotTraining.',
  ],
])('a training job %s is refused', (_case, changes, message) => {
  expect(() => checkTrainingJob({ ...createInput, ...changes } as CreateTrainingJobInput)).toThrow(
    expect.objectContaining({ code: 'ValidationException', httpStatus: 400, message }),
  )
})
