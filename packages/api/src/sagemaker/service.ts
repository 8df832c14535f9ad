import { awsJson11 } from '../protocols/aws-json.ts'
import { service } from '../service.ts'
import { CreateEndpoint, DeleteEndpoint, DescribeEndpoint, ListEndpoints } from './endpoint.ts'
import {
  CreateEndpointConfig,
  DeleteEndpointConfig,
  DescribeEndpointConfig,
  ListEndpointConfigs,
} from './endpoint-config.ts'
import { CreateModel, DeleteModel, DescribeModel, ListModels } from './model.ts'
import { AddTags, DeleteTags, ListTags } from './tags.ts'
import {
  CreateTrainingJob,
  DeleteTrainingJob,
  DescribeTrainingJob,
  InterruptTrainingJob,
  ListTrainingJobs,
  StopTrainingJob,
  UpdateTrainingJob,
} from './training-job.ts'

/** Source: AWS's service model `sagemaker/2017-07-24`, with the operations that are served here. */
export const sagemaker = service({
  signingName: 'sagemaker',
  apiVersion: '2017-07-24',
  targetPrefix: 'SageMaker',
  protocol: awsJson11,
  operations: [
    CreateTrainingJob,
    DescribeTrainingJob,
    ListTrainingJobs,
    StopTrainingJob,
    UpdateTrainingJob,
    DeleteTrainingJob,
    InterruptTrainingJob,
    CreateModel,
    DescribeModel,
    ListModels,
    DeleteModel,
    CreateEndpointConfig,
    DescribeEndpointConfig,
    ListEndpointConfigs,
    DeleteEndpointConfig,
    CreateEndpoint,
    DescribeEndpoint,
    ListEndpoints,
    DeleteEndpoint,
    AddTags,
    ListTags,
    DeleteTags,
  ],
})
