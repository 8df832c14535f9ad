import { type ApiError, ModelError } from '@sagebrush/api'
import { logStreamArn } from '../logs/handlers/log-arn.ts'
import { endpointLogGroup, logStreamName } from '../resources/endpoint/record.ts'
import type { ReadyInstance } from './ready-instance.ts'

/** Source: AWS's service model gives a message as many characters. */
const longestMessage = 2048

export interface ContainerFailure {
  /** Zero where the container gave no answer. */
  readonly status: number
  readonly message: string
}

/** What a caller is told when the container did not answer with success. */
export function modelError(instance: ReadyInstance, { status, message }: ContainerFailure): ApiError {
  const { endpoint, variant, instanceId } = instance
  const group = endpointLogGroup(endpoint.name)
  const isClientError = status >= 300 && status < 500
  const begin = `Received ${isClientError ? 'client' : 'server'} error (${status}) from primary with message "`
  const end = `". See ${group} in account ${endpoint.account} for more information.`
  const original = message.slice(0, longestMessage - begin.length - end.length)
  const told = begin + original + end
  return ModelError(told, {
    details: {
      // Beside the usual `message`: clients know a member of this spelling.
      Message: told,
      ErrorCode: isClientError ? 'CLIENT_ERROR_FROM_MODEL' : 'INTERNAL_FAILURE_FROM_MODEL',
      OriginalStatusCode: status,
      OriginalMessage: message.slice(0, longestMessage),
      LogStreamArn: logStreamArn(endpoint, { group, name: logStreamName(variant, instanceId) }),
    },
  })
}

/** Source: AWS's own words. */
export const invocationTimedOut: ContainerFailure = {
  status: 0,
  message:
    'Your invocation timed out while waiting for a response from container primary. Review the latency metrics for each container in Amazon CloudWatch, resolve the issue, and try again.',
}

export const containerBroke: ContainerFailure = {
  status: 0,
  message: 'The container closed the connection before it answered.',
}
