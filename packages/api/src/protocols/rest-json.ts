import { type ApiError, SerializationException, UnknownOperationException } from '../errors.ts'
import type { HttpResponse } from '../http.ts'
import type { Protocol, Service } from '../service.ts'
import { answer } from './http/answer.ts'
import { codeFor } from './http/error-code.ts'
import { fromJson, toJson } from './json/body.ts'
import { jsonErrorBody, readJsonError } from './json/error.ts'
import { parseJson } from './json/text.ts'
import {
  type BodyFormat,
  matchRest,
  readRestInput,
  readRestOutput,
  writeRestInput,
  writeRestOutput,
} from './rest/rest.ts'
import { MalformedPercent } from './text/percent.ts'

/** AWS REST JSON 1. Source: Smithy, "AWS restJson1 protocol". */
export const restJson1: Protocol = {
  match: matchRest,
  unknownOperation: () => UnknownOperationException('Unknown operation'),
  async readInput(_, operation, request) {
    try {
      return await readRestInput(json, operation, request)
    } catch (cause) {
      if (!(cause instanceof MalformedPercent)) throw cause
      throw SerializationException(cause.message, { cause })
    }
  },
  writeOutput(service, operation, output, requestId) {
    const response = writeRestOutput(json, { service, operation }, output)
    response.headers.set('x-amzn-requestid', requestId)
    return response
  },
  writeError,
  writeInput: (service, operation, input) => writeRestInput(json, { service, operation }, input),
  async readOutput(_, operation, response) {
    if (response.status >= 300) throw await readJsonError(response)
    return readRestOutput(json, operation, response)
  },
}

const json: BodyFormat = {
  contentType: 'application/json',
  read: (shape, bytes) => fromJson(shape, parseJson(bytes)),
  write: (shape, value) => JSON.stringify(toJson(shape, value)),
}

function writeError(service: Service, error: ApiError, requestId: string): HttpResponse {
  const headers = {
    'content-type': json.contentType,
    'x-amzn-requestid': requestId,
    'x-amzn-errortype': codeFor(service, error),
    ...error.headers,
  }
  return answer(error.httpStatus, headers, jsonErrorBody(service, error))
}
