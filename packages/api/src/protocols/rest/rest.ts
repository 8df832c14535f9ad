import { type Bytes, bytesOf, type HttpRequest, type HttpResponse, heldBytes } from '../../http.ts'
import type { Match, Operation, Service } from '../../service.ts'
import { type AnyMember, type AnyShape, nodeOf, type StructureShape, structure } from '../../shape.ts'
import { readLimited } from '../http/limited-body.ts'
import { requestOf } from '../http/request.ts'
import { readHeaders, writeHeaders } from './headers.ts'
import { findRoute } from './route.ts'
import { readTarget, writeTarget } from './target.ts'

/** How a REST protocol spells the bodies that are neither bytes nor streams. */
export interface BodyFormat {
  readonly contentType: string
  /** `root` is the element that must stand there, where the contract names one. */
  read(shape: AnyShape, bytes: Uint8Array, root: string | undefined): unknown
  write(
    shape: AnyShape,
    value: unknown,
    root: { readonly name: string; readonly namespace: string | undefined },
  ): string
}

/** By method, path, query and headers; the body is not read. */
export async function matchRest(service: Service, request: HttpRequest): Promise<Match | undefined> {
  const route = findRoute(service, request)
  return route && { operation: route.operation, request }
}

/** Throws SerializationException, MalformedPercent and what the format throws. */
export async function readRestInput(
  format: BodyFormat,
  operation: Operation,
  request: HttpRequest,
): Promise<Record<string, unknown>> {
  const shape = structureOf(operation.input)
  const placed = { ...readTarget(operation, shape, request.target), ...readHeaders(shape, request.headers) }
  return { ...(await readBody(format, shape, request.body)), ...placed }
}

/** What a client sends. Throws ValidationException for a name in the path that is empty. */
export function writeRestInput(
  format: BodyFormat,
  { service, operation }: { readonly service: Service; readonly operation: Operation },
  input: unknown,
): HttpRequest {
  const shape = structureOf(operation.input)
  const value = Object(input)
  const headers = new Headers()
  writeHeaders(shape, value, headers)
  const root = { name: `${operation.name}Request`, namespace: service.xmlNamespace }
  const body = writeBody(format, { shape, value, root, headers })
  const method = operation.http?.method ?? 'POST'
  const held = heldBytes(body)
  if (held && (held.length > 0 || method === 'PUT' || method === 'POST')) {
    headers.set('content-length', String(held.length))
  }
  return requestOf({ method, target: writeTarget(operation, shape, value), headers, body })
}

/** The answer to a success, but for the request's id. */
export function writeRestOutput(
  format: BodyFormat,
  { service, operation }: { readonly service: Service; readonly operation: Operation },
  output: unknown,
): HttpResponse {
  const shape = structureOf(operation.output)
  const value = Object(output)
  const headers = new Headers()
  writeHeaders(shape, value, headers)
  const status = headers.has('content-range') ? 206 : (operation.http?.status ?? 200)
  // The length that an answer to HEAD tells is that of the body it leaves out.
  if (operation.http?.method === 'HEAD') return { status, headers, body: bytesOf() }
  const root = { name: operation.xmlName ?? `${operation.name}Result`, namespace: service.xmlNamespace }
  const body = writeBody(format, { shape, value, root, headers })
  const held = heldBytes(body)
  if (held && status !== 204) headers.set('content-length', String(held.length))
  return { status, headers, body }
}

/** Of an answer that is a success. Throws SerializationException and what the format throws. */
export async function readRestOutput(
  format: BodyFormat,
  operation: Operation,
  response: HttpResponse,
): Promise<Record<string, unknown>> {
  const shape = structureOf(operation.output)
  const placed = readHeaders(shape, response.headers)
  return { ...(await readBody(format, shape, response.body, { isAnswer: true })), ...placed }
}

async function readBody(
  format: BodyFormat,
  shape: StructureShape,
  body: Bytes,
  { isAnswer = false } = {},
): Promise<Record<string, unknown>> {
  const payload = payloadOf(shape)
  if (payload && nodeOf(payload.member.shape).type === 'stream') return { [payload.name]: body }
  const unplaced = withoutPlace(shape)
  const hasBody = payload !== undefined || Object.keys(unplaced.members).length > 0
  // An answer is read to its end, so that its connection can serve again.
  if (!hasBody && !isAnswer) return {}
  const bytes = await readLimited(body)
  if (!hasBody) return {}
  if (payload) return readPayload(format, payload, bytes)
  const value = bytes.length > 0 ? Object(format.read(unplaced, bytes, undefined)) : {}
  return Object.fromEntries(Object.entries(value).filter(([name]) => !isPlaced(shape, name)))
}

function readPayload(
  format: BodyFormat,
  { name, member }: { readonly name: string; readonly member: AnyMember },
  bytes: Uint8Array,
): Record<string, unknown> {
  const { type } = nodeOf(member.shape)
  if (type === 'blob') return { [name]: bytes }
  if (type === 'string') return { [name]: new TextDecoder().decode(bytes) }
  if (bytes.length === 0) return {}
  return { [name]: format.read(member.shape, bytes, member.xml?.name) }
}

interface BodyParts {
  readonly shape: StructureShape
  readonly value: Readonly<Record<string, unknown>>
  readonly root: { readonly name: string; readonly namespace: string | undefined }
  /** Gets the body's type. */
  readonly headers: Headers
}

function writeBody(format: BodyFormat, { shape, value, root, headers }: BodyParts): Bytes {
  const payload = payloadOf(shape)
  if (payload) {
    const given = value[payload.name]
    if (given === undefined || given === null) return bytesOf()
    if (isBytes(given)) return given
    if (given instanceof Uint8Array) return bytesOf(given)
    if (nodeOf(payload.member.shape).type === 'string') return bytesOf(String(given))
    headers.set('content-type', format.contentType)
    const name = payload.member.xml?.name ?? payload.name
    return bytesOf(format.write(payload.member.shape, given, { ...root, name }))
  }
  const unplaced = withoutPlace(shape)
  if (Object.keys(unplaced.members).length === 0) return bytesOf()
  headers.set('content-type', format.contentType)
  const inBody = Object.fromEntries(Object.entries(value).filter(([name]) => !isPlaced(shape, name)))
  return bytesOf(format.write(unplaced, inBody, root))
}

function payloadOf({ members }: StructureShape) {
  const found = Object.entries(members).find(([, { at }]) => at && 'payload' in at)
  return found && { name: found[0], member: found[1] }
}

const withoutPlace = ({ members }: StructureShape): StructureShape =>
  structure(Object.fromEntries(Object.entries(members).filter(([, { at }]) => !at)))

const isPlaced = ({ members }: StructureShape, name: string) =>
  Object.hasOwn(members, name) && members[name]?.at !== undefined

const isBytes = (value: unknown): value is Bytes =>
  typeof value === 'object' && value !== null && Symbol.asyncIterator in value

function structureOf(shape: AnyShape): StructureShape {
  const node = nodeOf(shape)
  if (node.type !== 'structure') throw new TypeError('an operation takes and gives structures')
  return node
}
