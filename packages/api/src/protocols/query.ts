import { ApiError, errorType, SerializationException } from '../errors.ts'
import { bytesOf, type HttpRequest, type HttpResponse, splitTarget } from '../http.ts'
import type { Match, Operation, Protocol, Service } from '../service.ts'
import { formTree, fromForm, toForm } from './form/body.ts'
import { answer } from './http/answer.ts'
import { isGzipped, readDecoded } from './http/decoded-body.ts'
import { codeFor } from './http/error-code.ts'
import { readLimited } from './http/limited-body.ts'
import { requestOf } from './http/request.ts'
import { formDecode, MalformedPercent, parseQuery, writeQuery } from './text/percent.ts'
import { fromXml, toXml } from './xml/body.ts'
import { escapeXml, MalformedXmlText, parseXml, type XmlElement } from './xml/element.ts'
import { errorElements, readXmlError } from './xml/error.ts'

const InvalidAction = errorType('InvalidAction', 400)

/**
 * AWS Query: a form with `Action` and `Version`, answered in XML.
 * Source: Smithy, "AWS Query protocol".
 */
export const query: Protocol = {
  match,
  unknownOperation,
  readInput,
  writeOutput,
  writeError,
  writeInput,
  readOutput,
}

async function match(service: Service, request: HttpRequest): Promise<Match | undefined> {
  const body = request.method === 'POST' ? bytesOf(await readDecoded(request)) : bytesOf()
  const again = { ...request, headers: unpacked(request.headers), body }
  const action = parseQuery(formText(again.target, body.held)).find(([name]) => name === 'Action')?.[1]
  const operation = service.operations.find(({ name }) => name === action)
  return operation && { operation, request: again }
}

/** Of a body that has been unpacked. */
function unpacked(headers: Headers): Headers {
  if (!isGzipped(headers)) return headers
  const others = new Headers(headers)
  others.delete('content-encoding')
  return others
}

function unknownOperation(): ApiError {
  return InvalidAction('The action or operation requested is invalid.')
}

async function readInput(_: Service, operation: Operation, request: HttpRequest): Promise<unknown> {
  const text = formText(request.target, await readDecoded(request))
  try {
    const entries = parseQuery(text).map(([name, raw]) => [name, formDecode(raw)] as const)
    return fromForm(operation.input, formTree(entries))
  } catch (cause) {
    if (!(cause instanceof MalformedPercent)) throw cause
    throw SerializationException(cause.message, { cause })
  }
}

const formText = (target: string, body: Uint8Array) =>
  [splitTarget(target).query, Buffer.from(body).toString()].filter((text) => text !== '').join('&')

function writeOutput(
  service: Service,
  operation: Operation,
  output: unknown,
  requestId: string,
): HttpResponse {
  const result = toXml(`${operation.name}Result`, operation.output, output)
  const metadata = `<ResponseMetadata><RequestId>${escapeXml(requestId)}</RequestId></ResponseMetadata>`
  const root = `${operation.name}Response`
  return answerXml(200, `<${root}${namespaceOf(service)}>${result}${metadata}</${root}>`, requestId)
}

function writeError(service: Service, error: ApiError, requestId: string): HttpResponse {
  const members = {
    Type: error.httpStatus < 500 ? 'Sender' : 'Receiver',
    Code: codeFor(service, error, codes),
    Message: error.message,
    ...error.details,
  }
  const id = `<RequestId>${escapeXml(requestId)}</RequestId>`
  const text = `<ErrorResponse${namespaceOf(service)}><Error>${errorElements(members)}</Error>${id}</ErrorResponse>`
  const response = answerXml(error.httpStatus, text, requestId)
  for (const [name, value] of Object.entries(error.headers)) response.headers.set(name, value)
  return response
}

/** This protocol's names for errors that every protocol knows. */
const codes: Readonly<Record<string, string>> = {
  SerializationException: 'MalformedQueryString',
  ValidationException: 'ValidationError',
}

const namespaceOf = ({ xmlNamespace }: Service) => (xmlNamespace ? ` xmlns="${escapeXml(xmlNamespace)}"` : '')

const answerXml = (status: number, text: string, requestId: string) =>
  answer(status, { 'content-type': 'text/xml', 'x-amzn-requestid': requestId }, text)

function writeInput(service: Service, operation: Operation, input: unknown): HttpRequest {
  const entries = [
    ['Action', operation.name],
    ['Version', service.apiVersion],
  ] as const
  const body = bytesOf(writeQuery([...entries, ...toForm(operation.input, input)]))
  const headers = new Headers({
    'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
    'content-length': String(body.held.length),
  })
  return requestOf({ method: 'POST', target: '/', headers, body })
}

async function readOutput(_: Service, operation: Operation, response: HttpResponse): Promise<unknown> {
  const bytes = await readLimited(response.body)
  if (response.status >= 300) throw readXmlError(errorElement(bytes), response.status)
  const result = childOf(rootOf(bytes), `${operation.name}Result`)
  return result ? fromXml(operation.output, result) : {}
}

/** Undefined where a proxy has answered with something else. */
function errorElement(bytes: Uint8Array): XmlElement | undefined {
  try {
    return childOf(rootOf(bytes), 'Error')
  } catch (error) {
    if (error instanceof ApiError) return undefined
    throw error
  }
}

function rootOf(bytes: Uint8Array): XmlElement {
  try {
    return parseXml(bytes)
  } catch (cause) {
    if (!(cause instanceof MalformedXmlText)) throw cause
    throw SerializationException(`The answer is not XML: ${cause.message}`, { cause })
  }
}

const childOf = (element: XmlElement, wanted: string) => element.children.find(({ name }) => name === wanted)
