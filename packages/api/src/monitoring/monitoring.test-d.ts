import type * as sdk from '@aws-sdk/client-cloudwatch'
import { expectTypeOf } from 'vitest'
import type { SdkDifference } from '../sagemaker/sdk-difference.ts'
import type { InputOf, OutputOf } from '../service.ts'
import type { cloudWatch } from './service.ts'

// Checked by the compiler: every member stated here has the type that AWS's SDK gives it.

type Name = (typeof cloudWatch)['operations'][number]['name']
type Input<N extends Name, Theirs> = SdkDifference<InputOf<typeof cloudWatch, N>, Theirs>
type Output<N extends Name, Theirs> = SdkDifference<OutputOf<typeof cloudWatch, N>, Theirs>

expectTypeOf<Input<'PutMetricData', sdk.PutMetricDataCommandInput>>().toEqualTypeOf<never>()
expectTypeOf<Output<'PutMetricData', sdk.PutMetricDataCommandOutput>>().toEqualTypeOf<never>()
expectTypeOf<Input<'GetMetricStatistics', sdk.GetMetricStatisticsCommandInput>>().toEqualTypeOf<never>()
expectTypeOf<Output<'GetMetricStatistics', sdk.GetMetricStatisticsCommandOutput>>().toEqualTypeOf<never>()
expectTypeOf<Input<'GetMetricData', sdk.GetMetricDataCommandInput>>().toEqualTypeOf<never>()
expectTypeOf<Output<'GetMetricData', sdk.GetMetricDataCommandOutput>>().toEqualTypeOf<never>()
expectTypeOf<Input<'ListMetrics', sdk.ListMetricsCommandInput>>().toEqualTypeOf<never>()
expectTypeOf<Output<'ListMetrics', sdk.ListMetricsCommandOutput>>().toEqualTypeOf<never>()
