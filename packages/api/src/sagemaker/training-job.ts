import { operation } from '../service.ts'
import { boolean, double, integer, list, oneOf, required, string, structure, timestamp } from '../shape.ts'
import {
  FailureReason,
  MaxResults,
  NameContains,
  NextToken,
  ResourceInUse,
  ResourceLimitExceeded,
  ResourceNotFound,
  RoleArn,
  S3Uri,
  SortOrder,
  TagList,
} from './resource-shapes.ts'
import {
  KeepAlivePeriodInSeconds,
  MetricName,
  StoppingCondition,
  TrainingJobName,
  trainingJobSettings,
} from './training-job-request.ts'

const TrainingJobArn = string({
  min: 0,
  max: 256,
  pattern: 'arn:aws[a-z\\-]*:sagemaker:[a-z0-9\\-]*:[0-9]{12}:training-job/[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}',
})
const TrainingPlanArn = string({
  min: 50,
  max: 2048,
  pattern: 'arn:aws[a-z\\-]*:sagemaker:[a-z0-9\\-]*:[0-9]{12}:training-plan/.*',
})
const TrainingJobStatus = oneOf('InProgress', 'Completed', 'Failed', 'Stopping', 'Stopped', 'Deleting')
const SecondaryStatus = oneOf(
  'Starting',
  'LaunchingMLInstances',
  'PreparingTrainingStack',
  'Downloading',
  'DownloadingTrainingImage',
  'Training',
  'Uploading',
  'Stopping',
  'Stopped',
  'MaxRuntimeExceeded',
  'Completed',
  'Failed',
  'Interrupted',
  'MaxWaitTimeExceeded',
  'Updating',
  'Restarting',
  'Pending',
)
const WarmPoolResourceStatus = oneOf('Available', 'Terminated', 'Reused', 'InUse')
const WarmPoolStatus = structure({
  Status: required(WarmPoolResourceStatus),
  ResourceRetainedBillableTimeInSeconds: integer({ min: 0 }),
  ReusedByJob: TrainingJobName,
})

export const CreateTrainingJob = operation({
  name: 'CreateTrainingJob',
  input: structure({
    TrainingJobName: required(TrainingJobName),
    ...trainingJobSettings,
    RoleArn: required(RoleArn),
    OutputDataConfig: required(trainingJobSettings.OutputDataConfig),
    Tags: TagList,
    SessionChainingConfig: structure({ EnableSessionTagChaining: boolean() }),
  }),
  output: structure({ TrainingJobArn: required(TrainingJobArn) }),
  errors: [ResourceInUse, ResourceLimitExceeded, ResourceNotFound],
})

export const DescribeTrainingJob = operation({
  name: 'DescribeTrainingJob',
  input: structure({ TrainingJobName: required(TrainingJobName) }),
  output: structure({
    TrainingJobName: required(TrainingJobName),
    TrainingJobArn: required(TrainingJobArn),
    ...trainingJobSettings,
    StoppingCondition: required(StoppingCondition),
    ModelArtifacts: required(structure({ S3ModelArtifacts: required(S3Uri) })),
    TrainingJobStatus: required(TrainingJobStatus),
    SecondaryStatus: required(SecondaryStatus),
    FailureReason,
    CreationTime: required(timestamp()),
    TrainingStartTime: timestamp(),
    TrainingEndTime: timestamp(),
    LastModifiedTime: timestamp(),
    SecondaryStatusTransitions: list(
      structure({
        Status: required(SecondaryStatus),
        StartTime: required(timestamp()),
        EndTime: timestamp(),
        StatusMessage: string(),
      }),
    ),
    FinalMetricDataList: list(structure({ MetricName, Value: double(), Timestamp: timestamp() }), {
      min: 0,
      max: 40,
    }),
    TrainingTimeInSeconds: integer({ min: 1 }),
    BillableTimeInSeconds: integer({ min: 1 }),
    ProfilingStatus: oneOf('Enabled', 'Disabled'),
    WarmPoolStatus,
  }),
  errors: [ResourceNotFound],
})

export const ListTrainingJobs = operation({
  name: 'ListTrainingJobs',
  input: structure({
    NextToken,
    MaxResults,
    CreationTimeAfter: timestamp(),
    CreationTimeBefore: timestamp(),
    LastModifiedTimeAfter: timestamp(),
    LastModifiedTimeBefore: timestamp(),
    NameContains,
    StatusEquals: TrainingJobStatus,
    SortBy: oneOf('Name', 'CreationTime', 'Status'),
    SortOrder,
    WarmPoolStatusEquals: WarmPoolResourceStatus,
    TrainingPlanArnEquals: TrainingPlanArn,
  }),
  output: structure({
    TrainingJobSummaries: required(
      list(
        structure({
          TrainingJobName: required(TrainingJobName),
          TrainingJobArn: required(TrainingJobArn),
          CreationTime: required(timestamp()),
          TrainingEndTime: timestamp(),
          LastModifiedTime: timestamp(),
          TrainingJobStatus: required(TrainingJobStatus),
          SecondaryStatus,
          WarmPoolStatus,
          TrainingPlanArn,
        }),
      ),
    ),
    NextToken,
  }),
  errors: [],
})

export const StopTrainingJob = operation({
  name: 'StopTrainingJob',
  input: structure({ TrainingJobName: required(TrainingJobName) }),
  output: structure({}),
  errors: [ResourceNotFound],
})

export const DeleteTrainingJob = operation({
  name: 'DeleteTrainingJob',
  input: structure({ TrainingJobName: required(TrainingJobName) }),
  output: structure({}),
  errors: [ResourceInUse, ResourceNotFound],
})

export const UpdateTrainingJob = operation({
  name: 'UpdateTrainingJob',
  input: structure({
    TrainingJobName: required(TrainingJobName),
    ProfilerConfig: trainingJobSettings.ProfilerConfig,
    ProfilerRuleConfigurations: trainingJobSettings.ProfilerRuleConfigurations,
    ResourceConfig: structure({ KeepAlivePeriodInSeconds: required(KeepAlivePeriodInSeconds) }),
    RemoteDebugConfig: trainingJobSettings.RemoteDebugConfig,
  }),
  output: structure({ TrainingJobArn: required(TrainingJobArn) }),
  errors: [ResourceNotFound, ResourceLimitExceeded],
})

/** Ours, not AWS's: takes the instances of a managed spot training job away, as AWS does when it needs them. */
export const InterruptTrainingJob = operation({
  name: 'InterruptTrainingJob',
  input: structure({ TrainingJobName: required(TrainingJobName) }),
  output: structure({}),
  errors: [ResourceNotFound],
})
