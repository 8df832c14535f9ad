import { operation } from '../service.ts'
import { integer, list, oneOf, required, string, structure, timestamp } from '../shape.ts'
import { EndpointConfigName, ServerlessConfig, VariantName, VariantWeight } from './endpoint-config.ts'
import {
  FailureReason,
  MaxResults,
  NameContains,
  NextToken,
  namePattern,
  ResourceLimitExceeded,
  SortOrder,
  TagList,
} from './resource-shapes.ts'

export const EndpointName = string({ min: 0, max: 63, pattern: namePattern })
const EndpointArn = string({
  min: 20,
  max: 2048,
  pattern: 'arn:aws[a-z\\-]*:sagemaker:[a-z0-9\\-]*:[0-9]{12}:endpoint/.*',
})
const EndpointStatus = oneOf(
  'OutOfService',
  'Creating',
  'Updating',
  'SystemUpdating',
  'RollingBack',
  'InService',
  'Deleting',
  'Failed',
  'UpdateRollbackFailed',
)

const ContainerImage = string({ min: 0, max: 255, pattern: '[\\S]+' })
const InstanceCount = integer({ min: 0 })
/** A variant as it stands, beside what its configuration asked for. */
const ProductionVariantSummary = structure({
  VariantName: required(VariantName),
  DeployedImages: list(
    structure({
      SpecifiedImage: ContainerImage,
      ResolvedImage: ContainerImage,
      ResolutionTime: timestamp(),
    }),
  ),
  CurrentWeight: VariantWeight,
  DesiredWeight: VariantWeight,
  CurrentInstanceCount: InstanceCount,
  DesiredInstanceCount: InstanceCount,
  VariantStatus: list(
    structure({
      Status: required(oneOf('Creating', 'Updating', 'Deleting', 'ActivatingTraffic', 'Baking')),
      StatusMessage: string({ min: 0, max: 1024 }),
      StartTime: timestamp(),
    }),
    { min: 0, max: 5 },
  ),
  CurrentServerlessConfig: ServerlessConfig,
  DesiredServerlessConfig: ServerlessConfig,
})

export const CreateEndpoint = operation({
  name: 'CreateEndpoint',
  input: structure({
    EndpointName: required(EndpointName),
    EndpointConfigName: required(EndpointConfigName),
    Tags: TagList,
  }),
  output: structure({ EndpointArn: required(EndpointArn) }),
  errors: [ResourceLimitExceeded],
})

export const DescribeEndpoint = operation({
  name: 'DescribeEndpoint',
  input: structure({ EndpointName: required(EndpointName) }),
  output: structure({
    EndpointName: required(EndpointName),
    EndpointArn: required(EndpointArn),
    EndpointConfigName,
    ProductionVariants: list(ProductionVariantSummary, { min: 1 }),
    EndpointStatus: required(EndpointStatus),
    FailureReason,
    CreationTime: required(timestamp()),
    LastModifiedTime: required(timestamp()),
  }),
  errors: [],
})

export const ListEndpoints = operation({
  name: 'ListEndpoints',
  input: structure({
    SortBy: oneOf('Name', 'CreationTime', 'Status'),
    SortOrder,
    NextToken,
    MaxResults,
    NameContains,
    CreationTimeBefore: timestamp(),
    CreationTimeAfter: timestamp(),
    LastModifiedTimeBefore: timestamp(),
    LastModifiedTimeAfter: timestamp(),
    StatusEquals: EndpointStatus,
  }),
  output: structure({
    Endpoints: required(
      list(
        structure({
          EndpointName: required(EndpointName),
          EndpointArn: required(EndpointArn),
          CreationTime: required(timestamp()),
          LastModifiedTime: required(timestamp()),
          EndpointStatus: required(EndpointStatus),
        }),
      ),
    ),
    NextToken,
  }),
  errors: [],
})

export const DeleteEndpoint = operation({
  name: 'DeleteEndpoint',
  input: structure({ EndpointName: required(EndpointName) }),
  output: structure({}),
  errors: [],
})
