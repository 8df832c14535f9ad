import { type ApiError, UnknownOperationException } from '../errors.ts'
import { bytesOf, type HttpRequest, type HttpResponse } from '../http.ts'
import type { Match, Operation, Protocol, Service } from '../service.ts'
import { answer, isBodiless } from './error-answer.ts'
import { fromJson, toJson } from './json-body.ts'
import { jsonErrorBody, readJsonError } from './json-error.ts'
import { readJson } from './json-text.ts'
import { requestOf } from './request.ts'

/**
 * AWS JSON 1.1: every call is `POST /` with `X-Amz-Target: SageMaker.CreateTrainingJob`.
 * Source: Smithy, "AWS JSON 1.1 protocol".
 */
export const awsJson11: Protocol = {
  match,
  unknownOperation,
  readInput,
  writeOutput,
  writeError,
  writeInput,
  readOutput,
}

const contentType = 'application/x-amz-json-1.1'

async function match(service: Service, request: HttpRequest): Promise<Match | undefined> {
  const target = request.headers.get('x-amz-target') ?? ''
  const prefix = `${service.targetPrefix}.`
  if (request.method !== 'POST' || !target.startsWith(prefix)) return undefined
  const operation = service.operations.find(({ name }) => name === target.slice(prefix.length))
  return operation && { operation, request }
}

function unknownOperation(request: HttpRequest): ApiError {
  const target = request.headers.get('x-amz-target')
  return UnknownOperationException(target ? `Unknown operation: ${target}` : 'Unknown operation')
}

async function readInput(_: Service, operation: Operation, request: HttpRequest): Promise<unknown> {
  return fromJson(operation.input, (await readJson(request.body)) ?? {})
}

function writeOutput(_: Service, operation: Operation, output: unknown, requestId: string): HttpResponse {
  const text = JSON.stringify(toJson(operation.output, output) ?? {})
  return answer(200, { 'content-type': contentType, 'x-amzn-requestid': requestId }, text)
}

function writeError(service: Service, error: ApiError, requestId: string): HttpResponse {
  const headers = { 'content-type': contentType, 'x-amzn-requestid': requestId, ...error.headers }
  return answer(
    error.httpStatus,
    headers,
    isBodiless(error.httpStatus) ? undefined : jsonErrorBody(service, error),
  )
}

function writeInput(service: Service, operation: Operation, input: unknown): HttpRequest {
  const body = bytesOf(JSON.stringify(toJson(operation.input, input) ?? {}))
  const headers = new Headers({
    'content-type': contentType,
    'content-length': String(body.held.length),
    'x-amz-target': `${service.targetPrefix}.${operation.name}`,
  })
  return requestOf({ method: 'POST', target: '/', headers, body })
}

async function readOutput(_: Service, operation: Operation, response: HttpResponse): Promise<unknown> {
  if (response.status >= 300) throw await readJsonError(response)
  return fromJson(operation.output, (await readJson(response.body)) ?? {})
}
