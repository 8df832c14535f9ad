import { operation } from '../service.ts'
import { boolean, integer, list, map, oneOf, required, string, structure, timestamp } from '../shape.ts'
import {
  MaxResults,
  NameContains,
  NextToken,
  namePattern,
  ResourceLimitExceeded,
  RoleArn,
  S3Uri,
  SortOrder,
  TagList,
  VpcConfig,
} from './resource-shapes.ts'

/** Models have a pattern of their own in the service model; it takes the same names. */
export const ModelName = string({ min: 0, max: 63, pattern: '[a-zA-Z0-9]([\\-a-zA-Z0-9]*[a-zA-Z0-9])?' })
const ModelArn = string({
  min: 20,
  max: 2048,
  pattern: 'arn:aws[a-z\\-]*:sagemaker:[a-z0-9\\-]*:[0-9]{12}:model/.*',
})

const S3ModelDataSource = structure({
  S3Uri: required(S3Uri),
  S3DataType: required(oneOf('S3Prefix', 'S3Object')),
  CompressionType: required(oneOf('None', 'Gzip')),
})

/** What one container of a model runs, and on which data. */
const ContainerDefinition = structure({
  ContainerHostname: string({ min: 0, max: 63, pattern: namePattern }),
  Image: string({ min: 0, max: 255, pattern: '[\\S]+' }),
  Mode: oneOf('SingleModel', 'MultiModel'),
  ModelDataUrl: S3Uri,
  ModelDataSource: structure({ S3DataSource: S3ModelDataSource }),
  AdditionalModelDataSources: list(
    structure({
      ChannelName: required(string({ min: 1, max: 64, pattern: '[A-Za-z0-9\\.\\-_]+' })),
      S3DataSource: required(S3ModelDataSource),
    }),
    { min: 0, max: 5 },
  ),
  Environment: map(string({ min: 0, max: 1024, pattern: '[\\S\\s]*' }), {
    min: 0,
    max: 100,
    key: string({ min: 0, max: 1024, pattern: '[a-zA-Z_][a-zA-Z0-9_]*' }),
  }),
  InferenceSpecificationName: string({ min: 1, max: 63, pattern: namePattern }),
  MultiModelConfig: structure({ ModelCacheSetting: oneOf('Enabled', 'Disabled') }),
  ContainerMetricsConfig: structure({
    MetricsEndpoints: list(
      structure({
        MetricsEndpointPath: required(
          string({ min: 0, max: 256, pattern: '/(?!.*\\.\\.)[a-zA-Z0-9/_.\\-]+' }),
        ),
        MetricPublishFrequencyInSeconds: integer(),
      }),
      { min: 0, max: 1 },
    ),
  }),
})

const settings = {
  PrimaryContainer: ContainerDefinition,
  Containers: list(ContainerDefinition, { min: 0, max: 15 }),
  InferenceExecutionConfig: structure({ Mode: required(oneOf('Serial', 'Direct')) }),
  ExecutionRoleArn: RoleArn,
  VpcConfig,
  EnableNetworkIsolation: boolean(),
} as const

export const CreateModel = operation({
  name: 'CreateModel',
  input: structure({ ModelName: required(ModelName), ...settings, Tags: TagList }),
  output: structure({ ModelArn: required(ModelArn) }),
  errors: [ResourceLimitExceeded],
})

export const DescribeModel = operation({
  name: 'DescribeModel',
  input: structure({ ModelName: required(ModelName) }),
  output: structure({
    ModelName: required(ModelName),
    ...settings,
    CreationTime: required(timestamp()),
    ModelArn: required(ModelArn),
  }),
  errors: [],
})

export const ListModels = operation({
  name: 'ListModels',
  input: structure({
    SortBy: oneOf('Name', 'CreationTime'),
    SortOrder,
    NextToken,
    MaxResults,
    NameContains,
    CreationTimeBefore: timestamp(),
    CreationTimeAfter: timestamp(),
  }),
  output: structure({
    Models: required(
      list(
        structure({
          ModelName: required(ModelName),
          ModelArn: required(ModelArn),
          CreationTime: required(timestamp()),
        }),
      ),
    ),
    NextToken,
  }),
  errors: [],
})

export const DeleteModel = operation({
  name: 'DeleteModel',
  input: structure({ ModelName: required(ModelName) }),
  output: structure({}),
  errors: [],
})
