import type * as sdk from '@aws-sdk/client-sagemaker-runtime'
import { expectTypeOf } from 'vitest'
import type { SdkDifference } from '../sagemaker/sdk-difference.ts'
import type { InputOf, OutputOf } from '../service.ts'
import type { sagemakerRuntime } from './service.ts'

// Checked by the compiler: every member stated here has the type that AWS's SDK gives it. What is not stated is listed
// in conformance/service-model/intended.ts. Bodies stream here.

type Stated<Difference> = Exclude<Difference, `${string} is missing`>
type Runtime = typeof sagemakerRuntime

type Input = Omit<InputOf<Runtime, 'InvokeEndpoint'>, 'Body'>
type Output = Omit<OutputOf<Runtime, 'InvokeEndpoint'>, 'Body'>

expectTypeOf<
  Stated<SdkDifference<Input, Omit<sdk.InvokeEndpointCommandInput, 'Body'>>>
>().toEqualTypeOf<never>()
expectTypeOf<
  Stated<SdkDifference<Output, Omit<sdk.InvokeEndpointCommandOutput, 'Body'>>>
>().toEqualTypeOf<never>()
