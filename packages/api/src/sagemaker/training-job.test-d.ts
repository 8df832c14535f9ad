import type * as sdk from '@aws-sdk/client-sagemaker'
import { expectTypeOf } from 'vitest'
import type { InputOf, OutputOf } from '../service.ts'
import type { SdkDifference } from './sdk-difference.ts'
import type { sagemaker } from './service.ts'

// Checked by the compiler: every member that AWS's SDK knows of these operations is stated here with the same type, but
// for the ones below. A member that is missing travels all the same; it is just not checked.

type Name = (typeof sagemaker)['operations'][number]['name']
type Input<N extends Name> = InputOf<typeof sagemaker, N>
type Output<N extends Name> = OutputOf<typeof sagemaker, N>

/** AWS lists the instance types of the month; here any of the form is taken. */
type FreeInstanceTypes =
  | 'DebugRuleConfigurations.InstanceType has another type'
  | 'ProfilerRuleConfigurations.InstanceType has another type'
  | 'ResourceConfig.InstanceGroups.InstanceType has another type'
  | 'ResourceConfig.InstanceType has another type'

/** Of AWS's hubs, capacity plans, serverless fine-tuning and experiment tracking. */
type UnstatedSettings =
  | 'InputDataConfig.DataSource.DatasetSource is missing'
  | 'InputDataConfig.DataSource.S3DataSource.HubAccessConfig is missing'
  | 'InputDataConfig.DataSource.S3DataSource.ModelAccessConfig is missing'
  | 'MlflowConfig is missing'
  | 'ModelPackageConfig is missing'
  | 'ResourceConfig.InstancePlacementConfig is missing'
  | 'ResourceConfig.InstancePreferences is missing'
  | 'ResourceConfig.SelectedInstanceCount is missing'
  | 'ResourceConfig.SelectedInstanceType is missing'
  | 'ServerlessJobConfig is missing'

/** Of jobs that other services of AWS start, and of rules that are not evaluated here. */
type UnstatedResults =
  | 'AutoMLJobArn is missing'
  | 'BillableTokenCount is missing'
  | 'DebugRuleEvaluationStatuses is missing'
  | 'LabelingJobArn is missing'
  | 'MlflowDetails is missing'
  | 'OutputModelPackageArn is missing'
  | 'ProfilerRuleEvaluationStatuses is missing'
  | 'ProgressInfo is missing'
  | 'TuningJobArn is missing'

expectTypeOf<SdkDifference<Input<'CreateTrainingJob'>, sdk.CreateTrainingJobCommandInput>>().toEqualTypeOf<
  FreeInstanceTypes | UnstatedSettings
>()
expectTypeOf<
  SdkDifference<Output<'CreateTrainingJob'>, sdk.CreateTrainingJobCommandOutput>
>().toEqualTypeOf<never>()
expectTypeOf<
  SdkDifference<Input<'DescribeTrainingJob'>, sdk.DescribeTrainingJobCommandInput>
>().toEqualTypeOf<never>()
expectTypeOf<
  SdkDifference<Output<'DescribeTrainingJob'>, sdk.DescribeTrainingJobCommandOutput>
>().toEqualTypeOf<FreeInstanceTypes | UnstatedSettings | UnstatedResults>()
expectTypeOf<
  SdkDifference<Input<'ListTrainingJobs'>, sdk.ListTrainingJobsCommandInput>
>().toEqualTypeOf<never>()
expectTypeOf<
  SdkDifference<Output<'ListTrainingJobs'>, sdk.ListTrainingJobsCommandOutput>
>().toEqualTypeOf<never>()
expectTypeOf<
  SdkDifference<Input<'StopTrainingJob'>, sdk.StopTrainingJobCommandInput>
>().toEqualTypeOf<never>()
expectTypeOf<
  SdkDifference<Input<'DeleteTrainingJob'>, sdk.DeleteTrainingJobCommandInput>
>().toEqualTypeOf<never>()
expectTypeOf<SdkDifference<Input<'AddTags'>, sdk.AddTagsCommandInput>>().toEqualTypeOf<never>()
expectTypeOf<SdkDifference<Output<'AddTags'>, sdk.AddTagsCommandOutput>>().toEqualTypeOf<never>()
expectTypeOf<SdkDifference<Input<'ListTags'>, sdk.ListTagsCommandInput>>().toEqualTypeOf<never>()
expectTypeOf<SdkDifference<Output<'ListTags'>, sdk.ListTagsCommandOutput>>().toEqualTypeOf<never>()
expectTypeOf<SdkDifference<Input<'DeleteTags'>, sdk.DeleteTagsCommandInput>>().toEqualTypeOf<never>()
expectTypeOf<
  SdkDifference<Input<'UpdateTrainingJob'>, sdk.UpdateTrainingJobCommandInput>
>().toEqualTypeOf<'ProfilerRuleConfigurations.InstanceType has another type'>()
expectTypeOf<
  SdkDifference<Output<'UpdateTrainingJob'>, sdk.UpdateTrainingJobCommandOutput>
>().toEqualTypeOf<never>()
