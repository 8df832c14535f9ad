import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import {
  ApiError,
  type Bytes,
  bytesOf,
  type Handlers,
  type InputOf,
  InternalFailure,
  ModelNotReadyException,
  readAll,
  ServiceUnavailable,
  type sagemakerRuntime,
  ValidationError,
} from '@sagebrush/api'
import type { RequestContext } from '../context.ts'
import type { EndpointRecord } from '../resources/endpoint/record.ts'
import type { Collection } from '../store/collection.ts'
import { InstanceAway, InstanceBroke, type InstanceClient, InstanceTimedOut } from './instance-client.ts'
import { type ContainerFailure, containerBroke, invocationTimedOut, modelError } from './model-error.ts'
import { limitPayload } from './payload-limit.ts'
import { noInstance, type ReadyInstance, readyInstance } from './ready-instance.ts'
import { untilStalled } from './until-stalled.ts'

export interface RuntimeHandlersOptions {
  readonly endpoints: Pick<Collection<EndpointRecord>, 'get'>
  readonly client: InstanceClient
  /** AWS takes 25 MB. */
  readonly payloadLimitBytes: number
  /** Until a container begins to answer, and between two pieces of its answer. AWS gives it 60 seconds. */
  readonly timeoutMillis: number
}

type Invocation = InputOf<typeof sagemakerRuntime, 'InvokeEndpoint'>

/** An answer that is this small is read whole: it is either given whole or not at all. */
const heldAnswerBytes = 1024 * 1024
const heldErrorBytes = 64 * 1024

/** Throws ModelError for what the container does, ServiceUnavailable while there is no instance, ValidationError. */
export function runtimeHandlers(
  options: RuntimeHandlersOptions,
): Handlers<typeof sagemakerRuntime, RequestContext> {
  return {
    async InvokeEndpoint(input, context) {
      const found = await options.endpoints.get(input.EndpointName)
      const instance = readyInstance(found?.value, input, context)
      const answer = await ask(instance, { input, signal: context.signal }, options)
      if (!isSuccess(answer)) throw await errorOf(answer, instance, options.timeoutMillis)
      return {
        Body: await bodyOf(answer, instance, options.timeoutMillis),
        InvokedProductionVariant: instance.variant,
        ...answeredHeaders(answer),
      }
    },
  }
}

async function ask(
  instance: ReadyInstance,
  { input, signal }: { readonly input: Invocation; readonly signal: AbortSignal },
  { client, payloadLimitBytes, timeoutMillis }: RuntimeHandlersOptions,
): Promise<IncomingMessage> {
  try {
    return await client.post({
      address: instance.address,
      path: '/invocations',
      headers: askedHeaders(input),
      body: limitPayload(input.Body, payloadLimitBytes),
      // A model that is brought first has as long again, and its instance says before the end that it takes longer.
      timeoutMillis: instance.endpoint.variant.multiModel ? 2 * timeoutMillis + 5_000 : timeoutMillis,
      signal,
    })
  } catch (error) {
    if (error instanceof InstanceAway) throw ServiceUnavailable(noInstance, { cause: error })
    if (error instanceof InstanceTimedOut) throw modelError(instance, invocationTimedOut)
    if (error instanceof InstanceBroke) throw modelError(instance, containerBroke)
    throw error
  }
}

/** Source: SageMaker strips all headers but those that its API names. */
function askedHeaders(input: Invocation): OutgoingHttpHeaders {
  const given = {
    'content-type': input.ContentType,
    accept: input.Accept,
    'x-amzn-sagemaker-custom-attributes': input.CustomAttributes,
    'x-amzn-sagemaker-inference-id': input.InferenceId,
    'x-amzn-sagemaker-target-model': input.TargetModel,
    'x-amzn-sagemaker-session-id': input.SessionId,
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

function answeredHeaders({ headers }: IncomingMessage) {
  const { 'content-type': type, 'x-amzn-sagemaker-custom-attributes': attributes } = headers
  return {
    ...(type === undefined ? {} : { ContentType: type }),
    ...(attributes === undefined ? {} : { CustomAttributes: String(attributes) }),
  }
}

const isSuccess = ({ statusCode = 0 }: IncomingMessage) => statusCode >= 200 && statusCode < 300

async function bodyOf(
  answer: IncomingMessage,
  instance: ReadyInstance,
  timeoutMillis: number,
): Promise<Bytes> {
  const body = untilStalled(answer, timeoutMillis)
  const length = Number(answer.headers['content-length'] ?? Number.NaN)
  if (!(length <= heldAnswerBytes)) return body
  try {
    return bytesOf(await readAll(body, heldAnswerBytes))
  } catch (error) {
    throw error instanceof ApiError ? error : modelError(instance, containerBroke)
  }
}

/** An instance for many models speaks for the platform too: `x-sagebrush-error` names the error then. */
const ownErrors: Readonly<Record<string, typeof ValidationError>> = {
  ValidationError,
  ModelNotReadyException,
  InternalFailure,
  ServiceUnavailable,
}

async function errorOf(
  answer: IncomingMessage,
  instance: ReadyInstance,
  timeoutMillis: number,
): Promise<ApiError> {
  const failure = await failureOf(answer, timeoutMillis)
  const isOwn = instance.endpoint.variant.multiModel !== undefined
  const ownError = isOwn ? ownErrors[String(answer.headers['x-sagebrush-error'])] : undefined
  return ownError ? ownError(failure.message) : modelError(instance, failure)
}

async function failureOf(answer: IncomingMessage, timeoutMillis: number): Promise<ContainerFailure> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  try {
    for await (const piece of untilStalled(answer, timeoutMillis)) {
      pieces.push(piece)
      bytes += piece.length
      if (bytes >= heldErrorBytes) break
    }
  } catch {
    // What was read of it says more than that it broke off.
  }
  return { status: answer.statusCode ?? 0, message: Buffer.concat(pieces).toString() }
}
