import { boolean, integer, list, map, oneOf, required, string, structure } from '../shape.ts'
import { InstanceType, KmsKeyId, namePattern, RoleArn, S3Uri, VpcConfig } from './resource-shapes.ts'

// What CreateTrainingJob takes and DescribeTrainingJob gives back. Members of AWS's that are not stated here
// (serverless jobs, model packages, MLflow, capacity reservations) travel unchecked, as every unknown member does.

const AnyText = (max: number, min = 0) => string({ min, max, pattern: '.*' })
const DirectoryPath = AnyText(4096)
const InstanceCount = integer({ min: 0 })
const InstanceGroupName = string({ min: 1, max: 64, pattern: '.+' })
const VolumeSizeInGB = integer({ min: 0 })
export const KeepAlivePeriodInSeconds = integer({ min: 0, max: 21600 })
const InputMode = oneOf('Pipe', 'File', 'FastFile')

export const TrainingJobName = string({ min: 1, max: 63, pattern: namePattern })

export const MetricName = string({ min: 1, max: 255, pattern: '.+' })

const AlgorithmSpecification = structure({
  TrainingImage: AnyText(255),
  AlgorithmName: string({
    min: 1,
    max: 170,
    pattern:
      '(arn:aws[a-z\\-]*:sagemaker:[a-z0-9\\-]*:[0-9]{12}:[a-z\\-]*\\/)?([a-zA-Z0-9]([a-zA-Z0-9-]){0,62})(?<!-)',
  }),
  TrainingInputMode: required(InputMode),
  MetricDefinitions: list(
    structure({ Name: required(MetricName), Regex: required(string({ min: 1, max: 500, pattern: '.+' })) }),
    { min: 0, max: 40 },
  ),
  EnableSageMakerMetricsTimeSeries: boolean(),
  ContainerEntrypoint: list(AnyText(256), { min: 1, max: 100 }),
  ContainerArguments: list(AnyText(256), { min: 1, max: 100 }),
  TrainingImageConfig: structure({
    TrainingRepositoryAccessMode: required(oneOf('Platform', 'Vpc')),
    TrainingRepositoryAuthConfig: structure({
      TrainingRepositoryCredentialsProviderArn: required(
        string({
          min: 1,
          max: 2048,
          pattern: 'arn:[\\p{Alnum}\\-]+:lambda:[\\p{Alnum}\\-]+:[0-9]{12}:function:.*',
        }),
      ),
    }),
  }),
})

const S3DataSource = structure({
  S3DataType: required(oneOf('ManifestFile', 'S3Prefix', 'AugmentedManifestFile', 'Converse')),
  S3Uri: required(S3Uri),
  S3DataDistributionType: oneOf('FullyReplicated', 'ShardedByS3Key'),
  AttributeNames: list(string({ min: 1, max: 256, pattern: '.+' }), { min: 0, max: 16 }),
  InstanceGroupNames: list(InstanceGroupName, { min: 0, max: 5 }),
})

const FileSystemDataSource = structure({
  FileSystemId: required(string({ min: 11, max: 21, pattern: '(fs-[0-9a-f]{8,})' })),
  FileSystemAccessMode: required(oneOf('rw', 'ro')),
  FileSystemType: required(oneOf('EFS', 'FSxLustre')),
  DirectoryPath: required(DirectoryPath),
})

const Channel = structure({
  ChannelName: required(string({ min: 1, max: 64, pattern: '[A-Za-z0-9\\.\\-_]+' })),
  DataSource: required(structure({ S3DataSource, FileSystemDataSource })),
  ContentType: AnyText(256),
  CompressionType: oneOf('None', 'Gzip'),
  RecordWrapperType: oneOf('None', 'RecordIO'),
  InputMode,
  ShuffleConfig: structure({ Seed: required(integer()) }),
})

const ResourceConfig = structure({
  InstanceType,
  InstanceCount,
  VolumeSizeInGB,
  VolumeKmsKeyId: KmsKeyId,
  KeepAlivePeriodInSeconds,
  InstanceGroups: list(
    structure({
      InstanceType: required(InstanceType),
      InstanceCount: required(InstanceCount),
      InstanceGroupName: required(InstanceGroupName),
    }),
    { min: 0, max: 5 },
  ),
  TrainingPlanArn: string({
    min: 50,
    max: 2048,
    pattern: 'arn:aws[a-z\\-]*:sagemaker:[a-z0-9\\-]*:[0-9]{12}:training-plan/.*',
  }),
})

export const StoppingCondition = structure({
  MaxRuntimeInSeconds: integer({ min: 1 }),
  MaxWaitTimeInSeconds: integer({ min: 1 }),
  MaxPendingTimeInSeconds: integer({ min: 1800, max: 2419200 }),
})

const parameters = (max: number) => map(AnyText(256), { min: 0, max, key: AnyText(256, 1) })

const ruleConfiguration = {
  RuleConfigurationName: required(AnyText(256, 1)),
  LocalPath: DirectoryPath,
  S3OutputPath: S3Uri,
  RuleEvaluatorImage: required(AnyText(255)),
  InstanceType,
  VolumeSizeInGB,
  RuleParameters: parameters(100),
} as const
const RuleConfigurations = list(structure(ruleConfiguration), { min: 0, max: 20 })

const ExperimentEntityName = string({ min: 1, max: 120, pattern: '[a-zA-Z0-9](-*[a-zA-Z0-9]){0,119}' })

/** Members that Describe gives back as they were sent. */
export const trainingJobSettings = {
  HyperParameters: map(AnyText(2500), { min: 0, max: 100, key: AnyText(256) }),
  RoleArn,
  AlgorithmSpecification,
  InputDataConfig: list(Channel, { min: 1, max: 20 }),
  OutputDataConfig: structure({
    KmsKeyId,
    S3OutputPath: required(S3Uri),
    CompressionType: oneOf('GZIP', 'NONE'),
  }),
  ResourceConfig,
  VpcConfig,
  StoppingCondition,
  EnableNetworkIsolation: boolean(),
  EnableInterContainerTrafficEncryption: boolean(),
  EnableManagedSpotTraining: boolean(),
  CheckpointConfig: structure({ S3Uri: required(S3Uri), LocalPath: DirectoryPath }),
  DebugHookConfig: structure({
    LocalPath: DirectoryPath,
    S3OutputPath: required(S3Uri),
    HookParameters: parameters(20),
    CollectionConfigurations: list(
      structure({ CollectionName: AnyText(256, 1), CollectionParameters: parameters(20) }),
      { min: 0, max: 20 },
    ),
  }),
  DebugRuleConfigurations: RuleConfigurations,
  TensorBoardOutputConfig: structure({ LocalPath: DirectoryPath, S3OutputPath: required(S3Uri) }),
  ExperimentConfig: structure({
    ExperimentName: ExperimentEntityName,
    TrialName: ExperimentEntityName,
    TrialComponentDisplayName: ExperimentEntityName,
    RunName: ExperimentEntityName,
  }),
  ProfilerConfig: structure({
    S3OutputPath: S3Uri,
    ProfilingIntervalInMilliseconds: integer(),
    ProfilingParameters: parameters(20),
    DisableProfiler: boolean(),
  }),
  ProfilerRuleConfigurations: RuleConfigurations,
  Environment: map(string({ min: 0, max: 512, pattern: '[\\S\\s]*' }), {
    min: 0,
    max: 100,
    key: string({ min: 0, max: 512, pattern: '[a-zA-Z_][a-zA-Z0-9_]*' }),
  }),
  RetryStrategy: structure({ MaximumRetryAttempts: required(integer({ min: 1, max: 30 })) }),
  RemoteDebugConfig: structure({ EnableRemoteDebug: boolean() }),
  InfraCheckConfig: structure({ EnableInfraCheck: boolean() }),
} as const
