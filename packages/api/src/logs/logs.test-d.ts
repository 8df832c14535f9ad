import type * as sdk from '@aws-sdk/client-cloudwatch-logs'
import { expectTypeOf } from 'vitest'
import type { SdkDifference } from '../sagemaker/sdk-difference.ts'
import type { InputOf, OutputOf } from '../service.ts'
import type { logs } from './service.ts'

// Checked by the compiler: every member stated here has the type that AWS's SDK gives it. What is not stated is listed
// in conformance/service-model/intended.ts.

type Stated<Difference> = Exclude<Difference, `${string} is missing`>
type Name = (typeof logs)['operations'][number]['name']
type Input<N extends Name, Theirs> = Stated<SdkDifference<InputOf<typeof logs, N>, Theirs>>
type Output<N extends Name, Theirs> = Stated<SdkDifference<OutputOf<typeof logs, N>, Theirs>>

/** The service model knows a class that the SDK does not know yet. */
type NewerClass = 'logGroupClass has another type'

expectTypeOf<Input<'CreateLogGroup', sdk.CreateLogGroupCommandInput>>().toEqualTypeOf<NewerClass>()
expectTypeOf<Input<'DescribeLogGroups', sdk.DescribeLogGroupsCommandInput>>().toEqualTypeOf<NewerClass>()
expectTypeOf<
  Output<'DescribeLogGroups', sdk.DescribeLogGroupsCommandOutput>
>().toEqualTypeOf<`logGroups.${NewerClass}`>()
expectTypeOf<Input<'DeleteLogGroup', sdk.DeleteLogGroupCommandInput>>().toEqualTypeOf<never>()
expectTypeOf<Input<'CreateLogStream', sdk.CreateLogStreamCommandInput>>().toEqualTypeOf<never>()
expectTypeOf<Input<'DescribeLogStreams', sdk.DescribeLogStreamsCommandInput>>().toEqualTypeOf<never>()
expectTypeOf<Output<'DescribeLogStreams', sdk.DescribeLogStreamsCommandOutput>>().toEqualTypeOf<never>()
expectTypeOf<Input<'DeleteLogStream', sdk.DeleteLogStreamCommandInput>>().toEqualTypeOf<never>()
expectTypeOf<Input<'PutLogEvents', sdk.PutLogEventsCommandInput>>().toEqualTypeOf<never>()
expectTypeOf<Output<'PutLogEvents', sdk.PutLogEventsCommandOutput>>().toEqualTypeOf<never>()
expectTypeOf<Input<'GetLogEvents', sdk.GetLogEventsCommandInput>>().toEqualTypeOf<never>()
expectTypeOf<Output<'GetLogEvents', sdk.GetLogEventsCommandOutput>>().toEqualTypeOf<never>()
expectTypeOf<Input<'FilterLogEvents', sdk.FilterLogEventsCommandInput>>().toEqualTypeOf<never>()
expectTypeOf<Output<'FilterLogEvents', sdk.FilterLogEventsCommandOutput>>().toEqualTypeOf<never>()
