import { ServiceUnavailable, ValidationError } from '@sagebrush/api'
import type { RequestContext } from '../context.ts'
import type { EndpointRecord } from '../resources/endpoint/record.ts'

export interface ReadyInstance {
  readonly endpoint: EndpointRecord
  readonly variant: string
  /** `i-…` */
  readonly instanceId: string
  /** `127.0.0.1:port` */
  readonly address: string
}

interface Target {
  readonly EndpointName: string
  readonly TargetModel?: string | undefined
  readonly TargetVariant?: string | undefined
  readonly TargetContainerHostname?: string | undefined
  readonly InferenceComponentName?: string | undefined
}

/**
 * The instance that shall answer. Throws ValidationError for an endpoint that is not there or never was in service,
 * and for a target that it does not have; ServiceUnavailable while its instance is being replaced.
 */
export function readyInstance(
  endpoint: EndpointRecord | undefined,
  target: Target,
  { account, requestId }: Pick<RequestContext, 'account' | 'requestId'>,
): ReadyInstance {
  const name = `Endpoint ${target.EndpointName} of account ${account}`
  if (endpoint?.status !== 'InService') throw ValidationError(`${name} not found.`)
  const { variant, instance } = endpoint
  if (variant.multiModel && target.TargetModel === undefined) {
    throw ValidationError(`Request ${requestId} is missing a target model header.`)
  }
  if (!variant.multiModel && target.TargetModel !== undefined) {
    throw ValidationError(
      `Endpoint ${target.EndpointName} is not a multi-model endpoint and does not support target model header.`,
      { details: { ErrorCode: 'TARGET_MODEL_HEADER_NOT_SUPPORTED' } },
    )
  }
  if (target.TargetContainerHostname !== undefined) {
    throw ValidationError(`${name} has one container and does not support target container hostname header.`)
  }
  if (target.InferenceComponentName !== undefined) {
    throw ValidationError(`Inference Component ${target.InferenceComponentName} of ${name} not found.`)
  }
  if (target.TargetVariant !== undefined && target.TargetVariant !== variant.name) {
    throw ValidationError(`Variant ${target.TargetVariant} of ${name} not found.`)
  }
  if (!instance?.address) throw ServiceUnavailable(noInstance)
  return { endpoint, variant: variant.name, instanceId: instance.id, address: instance.address }
}

export const noInstance = 'The service is unavailable. Try your call again: the instance is being replaced.'
