import { type ApiError, UnknownOperationException } from '../errors.ts'
import { bytesOf, type HttpRequest, type HttpResponse } from '../http.ts'
import type { Match, Operation, Protocol, Service } from '../service.ts'
import { answer } from './http/answer.ts'
import { readDecoded } from './http/decoded-body.ts'
import { requestOf } from './http/request.ts'
import { fromJson, toJson } from './json/body.ts'
import { jsonErrorBody, queryErrorHeaders, readJsonError } from './json/error.ts'
import { parseJson, readJson } from './json/text.ts'

/**
 * AWS JSON 1.1: every call is `POST /` with `X-Amz-Target: SageMaker.CreateTrainingJob`.
 * Source: Smithy, "AWS JSON 1.1 protocol".
 */
export const awsJson11: Protocol = awsJson('application/x-amz-json-1.1')

/** The same under another content type. Source: Smithy, "AWS JSON 1.0 protocol". */
export const awsJson10: Protocol = awsJson('application/x-amz-json-1.0')

function awsJson(contentType: string): Protocol {
  return {
    match,
    unknownOperation,
    readInput,
    writeOutput(_, operation, output, requestId) {
      const text = JSON.stringify(toJson(operation.output, output) ?? {})
      return answer(200, { 'content-type': contentType, 'x-amzn-requestid': requestId }, text)
    },
    writeError: (service, error, requestId) => writeError({ service, error, requestId, contentType }),
    writeInput(service, operation, input) {
      const body = bytesOf(JSON.stringify(toJson(operation.input, input) ?? {}))
      const headers = new Headers({
        'content-type': contentType,
        'content-length': String(body.held.length),
        'x-amz-target': `${service.targetPrefix}.${operation.name}`,
      })
      return requestOf({ method: 'POST', target: '/', headers, body })
    },
    readOutput,
  }
}

async function match(service: Service, request: HttpRequest): Promise<Match | undefined> {
  const target = request.headers.get('x-amz-target') ?? ''
  const prefix = `${service.targetPrefix}.`
  if (request.method !== 'POST' || !target.startsWith(prefix)) return undefined
  const operation = service.operations.find(({ name }) => name === target.slice(prefix.length))
  return operation && { operation, request }
}

function unknownOperation(request: HttpRequest): ApiError {
  const target = request.headers.get('x-amz-target')
  return UnknownOperationException(target ? `This server has no operation ${target}.` : 'Unknown operation')
}

async function readInput(_: Service, operation: Operation, request: HttpRequest): Promise<unknown> {
  const bytes = await readDecoded(request)
  return fromJson(operation.input, (bytes.length === 0 ? undefined : parseJson(bytes)) ?? {})
}

interface ErrorAnswer {
  readonly service: Service
  readonly error: ApiError
  readonly requestId: string
  readonly contentType: string
}

function writeError({ service, error, requestId, contentType }: ErrorAnswer): HttpResponse {
  const headers = {
    'content-type': contentType,
    'x-amzn-requestid': requestId,
    ...queryErrorHeaders(service, error),
    ...error.headers,
  }
  return answer(error.httpStatus, headers, jsonErrorBody(service, error))
}

async function readOutput(_: Service, operation: Operation, response: HttpResponse): Promise<unknown> {
  if (response.status >= 300) throw await readJsonError(response)
  return fromJson(operation.output, (await readJson(response.body)) ?? {})
}
