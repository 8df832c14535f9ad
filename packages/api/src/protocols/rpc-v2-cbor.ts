import { ApiError, UnknownOperationException } from '../errors.ts'
import { bytesOf, type HttpRequest, type HttpResponse, splitTarget } from '../http.ts'
import type { Match, Operation, Protocol, Service } from '../service.ts'
import { fromCbor, toCbor } from './cbor/body.ts'
import { type Cbor, readCbor } from './cbor/read.ts'
import { type WritableCbor, writeCbor } from './cbor/write.ts'
import { answer } from './http/answer.ts'
import { readDecoded } from './http/decoded-body.ts'
import { codeFor, errorOfStatus } from './http/error-code.ts'
import { readLimited } from './http/limited-body.ts'
import { requestOf } from './http/request.ts'
import { plainCode, queryErrorHeaders, shapeNameOf } from './json/error.ts'

/**
 * Smithy RPC v2 in CBOR: `POST /service/<target prefix>/operation/<operation>`.
 * Source: Smithy, "Smithy RPC v2 CBOR protocol".
 */
export const rpcV2Cbor: Protocol = {
  match,
  unknownOperation,
  readInput,
  writeOutput,
  writeError,
  writeInput,
  readOutput,
}

const protocolHeaders = { 'smithy-protocol': 'rpc-v2-cbor', 'content-type': 'application/cbor' }

/** A service may stand under a prefix: `/anything/service/…`. */
const path = /\/service\/([^/]+)\/operation\/([^/]+)$/

async function match(service: Service, request: HttpRequest): Promise<Match | undefined> {
  const [, prefix, wanted] = path.exec(splitTarget(request.target).path) ?? []
  if (request.method !== 'POST' || prefix !== service.targetPrefix) return undefined
  const operation = service.operations.find(({ name }) => name === wanted)
  return operation && { operation, request }
}

function unknownOperation(request: HttpRequest): ApiError {
  const [, , name] = path.exec(splitTarget(request.target).path) ?? []
  return UnknownOperationException(name ? `Unknown operation: ${name}` : 'Unknown operation')
}

async function readInput(_: Service, operation: Operation, request: HttpRequest): Promise<unknown> {
  const bytes = await readDecoded(request)
  return bytes.length === 0 ? {} : fromCbor(operation.input, readCbor(bytes))
}

function writeOutput(_: Service, operation: Operation, output: unknown, requestId: string): HttpResponse {
  const headers = { ...protocolHeaders, 'x-amzn-requestid': requestId }
  return answer(200, headers, writeCbor(toCbor(operation.output, output) ?? new Map()))
}

function writeError(service: Service, error: ApiError, requestId: string): HttpResponse {
  const headers = {
    ...protocolHeaders,
    'x-amzn-requestid': requestId,
    ...queryErrorHeaders(service, error),
    ...error.headers,
  }
  const body = new Map<string, WritableCbor>([
    ...Object.entries(error.details).map(([name, value]) => [name, String(value)] as const),
    ['__type', shapeNameOf(service, codeFor(service, error))],
    ['message', error.message],
  ])
  return answer(error.httpStatus, headers, writeCbor(body))
}

function writeInput(service: Service, operation: Operation, input: unknown): HttpRequest {
  const body = bytesOf(writeCbor(toCbor(operation.input, input) ?? new Map()))
  const target = `/service/${service.targetPrefix}/operation/${operation.name}`
  const length = { 'content-length': String(body.held.length) }
  const headers = new Headers({ ...protocolHeaders, accept: 'application/cbor', ...length })
  return requestOf({ method: 'POST', target, headers, body })
}

async function readOutput(_: Service, operation: Operation, response: HttpResponse): Promise<unknown> {
  const bytes = await readLimited(response.body)
  if (response.status >= 300) throw errorFrom(bytes, response)
  return bytes.length === 0 ? {} : fromCbor(operation.output, readCbor(bytes))
}

function errorFrom(bytes: Uint8Array, { status, headers }: HttpResponse): ApiError {
  const members = errorMembers(bytes)
  const [queryCode] = (headers.get('x-amzn-query-error') ?? '').split(';')
  const type = members?.get('__type')
  const code = queryCode || (typeof type === 'string' ? plainCode(type) : '')
  if (!code) return errorOfStatus(status)
  const message = members?.get('message') ?? members?.get('Message')
  return new ApiError({ code, httpStatus: status }, typeof message === 'string' ? message : '')
}

/** Undefined where a proxy has answered with something else. */
function errorMembers(bytes: Uint8Array): ReadonlyMap<string, Cbor> | undefined {
  try {
    const body = readCbor(bytes)
    return body instanceof Map ? body : undefined
  } catch (error) {
    if (error instanceof ApiError) return undefined
    throw error
  }
}
