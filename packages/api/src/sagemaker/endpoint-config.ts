import { operation } from '../service.ts'
import { boolean, double, integer, list, oneOf, required, string, structure, timestamp } from '../shape.ts'
import { ModelName } from './model.ts'
import {
  InstanceType,
  KmsKeyId,
  MaxResults,
  NameContains,
  NextToken,
  namePattern,
  ResourceLimitExceeded,
  RoleArn,
  SortOrder,
  TagList,
  VpcConfig,
} from './resource-shapes.ts'

export const EndpointConfigName = string({ min: 0, max: 63, pattern: namePattern })
const EndpointConfigArn = string({
  min: 20,
  max: 2048,
  pattern: 'arn:aws[a-z\\-]*:sagemaker:[a-z0-9\\-]*:[0-9]{12}:endpoint-config/.*',
})

export const VariantName = string({ min: 0, max: 63, pattern: namePattern })
export const VariantWeight = double({ min: 0 })
export const ServerlessConfig = structure({
  MemorySizeInMB: required(integer({ min: 1024, max: 6144 })),
  MaxConcurrency: required(integer({ min: 1, max: 200 })),
  ProvisionedConcurrency: integer({ min: 1, max: 200 }),
})
const ManagedInstanceScaling = structure({
  Status: oneOf('ENABLED', 'DISABLED'),
  MinInstanceCount: integer({ min: 0 }),
  MaxInstanceCount: integer({ min: 1 }),
})

const ProductionVariant = structure({
  VariantName: required(VariantName),
  ModelName,
  InitialInstanceCount: integer({ min: 1 }),
  InstanceType,
  InitialVariantWeight: VariantWeight,
  AcceleratorType: oneOf(
    'ml.eia1.medium',
    'ml.eia1.large',
    'ml.eia1.xlarge',
    'ml.eia2.medium',
    'ml.eia2.large',
    'ml.eia2.xlarge',
  ),
  ServerlessConfig,
  VolumeSizeInGB: integer({ min: 1, max: 512 }),
  ModelDataDownloadTimeoutInSeconds: integer({ min: 60, max: 3600 }),
  ContainerStartupHealthCheckTimeoutInSeconds: integer({ min: 60, max: 3600 }),
  EnableSSMAccess: boolean(),
  ManagedInstanceScaling,
})
const ProductionVariants = list(ProductionVariant, { min: 1, max: 10 })

const settings = {
  ProductionVariants: required(ProductionVariants),
  ShadowProductionVariants: ProductionVariants,
  KmsKeyId,
  ExecutionRoleArn: RoleArn,
  VpcConfig,
  EnableNetworkIsolation: boolean(),
} as const

export const CreateEndpointConfig = operation({
  name: 'CreateEndpointConfig',
  input: structure({ EndpointConfigName: required(EndpointConfigName), ...settings, Tags: TagList }),
  output: structure({ EndpointConfigArn: required(EndpointConfigArn) }),
  errors: [ResourceLimitExceeded],
})

export const DescribeEndpointConfig = operation({
  name: 'DescribeEndpointConfig',
  input: structure({ EndpointConfigName: required(EndpointConfigName) }),
  output: structure({
    EndpointConfigName: required(EndpointConfigName),
    EndpointConfigArn: required(EndpointConfigArn),
    ...settings,
    CreationTime: required(timestamp()),
  }),
  errors: [],
})

export const ListEndpointConfigs = operation({
  name: 'ListEndpointConfigs',
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
    EndpointConfigs: required(
      list(
        structure({
          EndpointConfigName: required(EndpointConfigName),
          EndpointConfigArn: required(EndpointConfigArn),
          CreationTime: required(timestamp()),
        }),
      ),
    ),
    NextToken,
  }),
  errors: [],
})

export const DeleteEndpointConfig = operation({
  name: 'DeleteEndpointConfig',
  input: structure({ EndpointConfigName: required(EndpointConfigName) }),
  output: structure({}),
  errors: [],
})
