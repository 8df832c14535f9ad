import { type ApiError, errorType } from '../errors.ts'
import { type HttpRequest, type HttpResponse, splitTarget } from '../http.ts'
import type { Protocol, Service } from '../service.ts'
import { answer } from './http/answer.ts'
import { codeFor } from './http/error-code.ts'
import { readLimited } from './http/limited-body.ts'
import {
  type BodyFormat,
  matchRest,
  readRestInput,
  readRestOutput,
  writeRestInput,
  writeRestOutput,
} from './rest/rest.ts'
import { MalformedPercent } from './text/percent.ts'
import { fromXml, toXml } from './xml/body.ts'
import { escapeXml, MalformedXmlText, parseXml, type XmlElement } from './xml/element.ts'
import { errorElements, readXmlError } from './xml/error.ts'

const MalformedXML = errorType('MalformedXML', 400)
const InvalidURI = errorType('InvalidURI', 400)
const MethodNotAllowed = errorType('MethodNotAllowed', 405)
const NotImplemented = errorType('NotImplemented', 501)

/**
 * AWS REST XML as S3 speaks it: errors are a bare `<Error>`.
 * Source: Smithy, "AWS restXml protocol"; Amazon S3 API Reference, "Error responses".
 */
export const restXml: Protocol = {
  match: matchRest,
  unknownOperation,
  async readInput(_, operation, request) {
    try {
      return await readRestInput(xml, operation, request)
    } catch (cause) {
      throw translated(cause)
    }
  },
  writeOutput(service, operation, output, requestId) {
    const response = writeRestOutput(xml, { service, operation }, output)
    response.headers.set('x-amz-request-id', requestId)
    return response
  },
  writeError,
  writeInput: (service, operation, input) => writeRestInput(xml, { service, operation }, input),
  async readOutput(_, operation, response) {
    if (response.status >= 300) throw readXmlError(rootOf(await readLimited(response.body)), response.status)
    try {
      return await readRestOutput(xmlAnswer, operation, response)
    } catch (cause) {
      throw translated(cause)
    }
  },
}

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'

const xml: BodyFormat = {
  contentType: 'application/xml',
  read(shape, bytes, root) {
    const element = parseXml(bytes)
    if (root !== undefined && element.name !== root) throw new MalformedXmlText(`<${root}> expected`)
    return fromXml(shape, element)
  },
  write(shape, value, { name, namespace }) {
    return declaration + toXml(name, shape, value, namespace ? ` xmlns="${escapeXml(namespace)}"` : '')
  },
}

/** S3 may find out after its 200 that a copy or a completion has failed; it then sends the error as the body. */
const xmlAnswer: BodyFormat = {
  ...xml,
  read(shape, bytes) {
    const element = parseXml(bytes)
    if (element.name === 'Error') throw readXmlError(element, 500)
    return fromXml(shape, element)
  },
}

function unknownOperation(request: HttpRequest): ApiError {
  return splitTarget(request.target).query === ''
    ? MethodNotAllowed('The specified method is not allowed against this resource.')
    : NotImplemented('A header or query you provided implies functionality that is not implemented.')
}

function translated(error: unknown): unknown {
  if (error instanceof MalformedXmlText) {
    const message =
      'The XML you provided was not well-formed or did not validate against our published schema'
    return MalformedXML(message, { cause: error })
  }
  if (!(error instanceof MalformedPercent)) return error
  return InvalidURI("Couldn't parse the specified URI.", { cause: error })
}

/** S3's names for errors that every protocol knows. */
const codes: Readonly<Record<string, string>> = {
  InternalFailure: 'InternalError',
  RequestEntityTooLargeException: 'MaxMessageLengthExceeded',
  SerializationException: 'InvalidArgument',
  ValidationException: 'InvalidArgument',
}

function writeError(service: Service, error: ApiError, requestId: string): HttpResponse {
  const headers = { 'content-type': 'application/xml', 'x-amz-request-id': requestId, ...error.headers }
  const members = {
    Code: codeFor(service, error, codes),
    Message: error.message,
    ...error.details,
    RequestId: requestId,
  }
  return answer(error.httpStatus, headers, `${declaration}<Error>${errorElements(members)}</Error>`)
}

/** Undefined where a proxy has answered with something else. */
function rootOf(bytes: Uint8Array): XmlElement | undefined {
  try {
    return parseXml(bytes)
  } catch (error) {
    if (error instanceof MalformedXmlText) return undefined
    throw error
  }
}
