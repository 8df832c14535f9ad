import type * as sdk from '@aws-sdk/client-sagemaker'
import { expectTypeOf } from 'vitest'
import type { InputOf, OutputOf } from '../service.ts'
import type { SdkDifference } from './sdk-difference.ts'
import type { sagemaker } from './service.ts'

// Checked by the compiler: every member stated here has the type that AWS's SDK gives it. What is not stated is listed
// in conformance/service-model/intended.ts.

type Stated<Difference> = Exclude<Difference, `${string} is missing`>
type Name = (typeof sagemaker)['operations'][number]['name']
type Input<N extends Name, Theirs> = Stated<SdkDifference<InputOf<typeof sagemaker, N>, Theirs>>
type Output<N extends Name, Theirs> = Stated<SdkDifference<OutputOf<typeof sagemaker, N>, Theirs>>

/** AWS lists the instance types of the month; here any of the form is taken. */
type FreeInstanceTypes =
  | 'ProductionVariants.InstanceType has another type'
  | 'ShadowProductionVariants.InstanceType has another type'

/** The SDK lists the numbers; the service model takes any. */
type FreeFrequency =
  `${'PrimaryContainer' | 'Containers'}.ContainerMetricsConfig.MetricsEndpoints.MetricPublishFrequencyInSeconds has another type`

expectTypeOf<Input<'CreateModel', sdk.CreateModelCommandInput>>().toEqualTypeOf<FreeFrequency>()
expectTypeOf<Output<'CreateModel', sdk.CreateModelCommandOutput>>().toEqualTypeOf<never>()
expectTypeOf<Input<'DescribeModel', sdk.DescribeModelCommandInput>>().toEqualTypeOf<never>()
expectTypeOf<Output<'DescribeModel', sdk.DescribeModelCommandOutput>>().toEqualTypeOf<FreeFrequency>()
expectTypeOf<Input<'ListModels', sdk.ListModelsCommandInput>>().toEqualTypeOf<never>()
expectTypeOf<Output<'ListModels', sdk.ListModelsCommandOutput>>().toEqualTypeOf<never>()
expectTypeOf<Input<'DeleteModel', sdk.DeleteModelCommandInput>>().toEqualTypeOf<never>()
expectTypeOf<
  Input<'CreateEndpointConfig', sdk.CreateEndpointConfigCommandInput>
>().toEqualTypeOf<FreeInstanceTypes>()
expectTypeOf<Output<'CreateEndpointConfig', sdk.CreateEndpointConfigCommandOutput>>().toEqualTypeOf<never>()
expectTypeOf<Input<'DescribeEndpointConfig', sdk.DescribeEndpointConfigCommandInput>>().toEqualTypeOf<never>()
expectTypeOf<
  Output<'DescribeEndpointConfig', sdk.DescribeEndpointConfigCommandOutput>
>().toEqualTypeOf<FreeInstanceTypes>()
expectTypeOf<Input<'ListEndpointConfigs', sdk.ListEndpointConfigsCommandInput>>().toEqualTypeOf<never>()
expectTypeOf<Output<'ListEndpointConfigs', sdk.ListEndpointConfigsCommandOutput>>().toEqualTypeOf<never>()
expectTypeOf<Input<'DeleteEndpointConfig', sdk.DeleteEndpointConfigCommandInput>>().toEqualTypeOf<never>()
expectTypeOf<Input<'CreateEndpoint', sdk.CreateEndpointCommandInput>>().toEqualTypeOf<never>()
expectTypeOf<Output<'CreateEndpoint', sdk.CreateEndpointCommandOutput>>().toEqualTypeOf<never>()
expectTypeOf<Input<'DescribeEndpoint', sdk.DescribeEndpointCommandInput>>().toEqualTypeOf<never>()
expectTypeOf<Output<'DescribeEndpoint', sdk.DescribeEndpointCommandOutput>>().toEqualTypeOf<never>()
expectTypeOf<Input<'ListEndpoints', sdk.ListEndpointsCommandInput>>().toEqualTypeOf<never>()
expectTypeOf<Output<'ListEndpoints', sdk.ListEndpointsCommandOutput>>().toEqualTypeOf<never>()
expectTypeOf<Input<'DeleteEndpoint', sdk.DeleteEndpointCommandInput>>().toEqualTypeOf<never>()
