import { errorType, InternalFailure } from '../errors.ts'
import { operation } from '../service.ts'
import { optional, required, stream, string, structure } from '../shape.ts'

const header = (name: string) => ({ at: { header: name } }) as const
const text = string({ max: 1024, pattern: '\\p{ASCII}*' })
const resourceName = string({ max: 63, pattern: '^[a-zA-Z0-9](-*[a-zA-Z0-9])*' })
const identifier = string({ min: 1, max: 64, pattern: '\\A\\S[\\p{Print}]*\\z' })

export const ValidationError = errorType('ValidationError', 400)
/** `OriginalStatusCode`, `OriginalMessage` and `LogStreamArn` are among its details. */
export const ModelError = errorType('ModelError', 424)
export const ServiceUnavailable = errorType('ServiceUnavailable', 503)
/** The model of a multi-model endpoint is still being brought and loaded. */
export const ModelNotReadyException = errorType('ModelNotReadyException', 429)

/**
 * Source: AWS's service model `sagemaker-runtime` (2017-05-13). It gives `Body` at most 6,291,456 bytes; the server's
 * own limit is configurable, and counts what streams by.
 */
export const InvokeEndpoint = operation({
  name: 'InvokeEndpoint',
  http: { method: 'POST', path: '/endpoints/{EndpointName}/invocations' },
  input: structure({
    EndpointName: required(resourceName, { at: { path: 'EndpointName' } }),
    Body: required(stream(), { at: { payload: true } }),
    ContentType: optional(text, header('Content-Type')),
    Accept: optional(text, header('Accept')),
    CustomAttributes: optional(text, header('X-Amzn-SageMaker-Custom-Attributes')),
    TargetModel: optional(
      string({ min: 1, max: 1024, pattern: '\\A\\S[\\p{Print}]*\\z' }),
      header('X-Amzn-SageMaker-Target-Model'),
    ),
    TargetVariant: optional(resourceName, header('X-Amzn-SageMaker-Target-Variant')),
    TargetContainerHostname: optional(resourceName, header('X-Amzn-SageMaker-Target-Container-Hostname')),
    InferenceId: optional(identifier, header('X-Amzn-SageMaker-Inference-Id')),
    EnableExplanations: optional(
      string({ min: 1, max: 64, pattern: '.*' }),
      header('X-Amzn-SageMaker-Enable-Explanations'),
    ),
    InferenceComponentName: optional(
      string({ max: 63, pattern: '^[a-zA-Z0-9]([\\-a-zA-Z0-9]*[a-zA-Z0-9])?$' }),
      header('X-Amzn-SageMaker-Inference-Component'),
    ),
    SessionId: optional(
      string({ max: 256, pattern: '^(NEW_SESSION)$|^[a-zA-Z0-9](-*[a-zA-Z0-9])*$' }),
      header('X-Amzn-SageMaker-Session-Id'),
    ),
  }),
  output: structure({
    Body: required(stream(), { at: { payload: true } }),
    ContentType: optional(text, header('Content-Type')),
    InvokedProductionVariant: optional(text, header('x-Amzn-Invoked-Production-Variant')),
    CustomAttributes: optional(text, header('X-Amzn-SageMaker-Custom-Attributes')),
    NewSessionId: optional(
      string({
        max: 256,
        pattern:
          '^[a-zA-Z0-9](-*[a-zA-Z0-9])*;\\sExpires=[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$',
      }),
      header('X-Amzn-SageMaker-New-Session-Id'),
    ),
    ClosedSessionId: optional(
      string({ max: 256, pattern: '^[a-zA-Z0-9](-*[a-zA-Z0-9])*$' }),
      header('X-Amzn-SageMaker-Closed-Session-Id'),
    ),
  }),
  errors: [ValidationError, ModelError, ModelNotReadyException, InternalFailure, ServiceUnavailable],
})
