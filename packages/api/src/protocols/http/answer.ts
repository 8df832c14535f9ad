import { ApiError } from '../../errors.ts'
import { bytesOf, type HttpResponse, heldBytes } from '../../http.ts'
import type { Service } from '../../service.ts'

/** What is left to tell when an answer says no more than its status, as an answer to HEAD does. */
export function errorOfStatus(status: number): ApiError {
  const code = codes[status] ?? (status >= 500 ? 'InternalFailure' : 'UnknownError')
  return new ApiError({ code, httpStatus: status }, `the server answered ${status}`)
}

const codes: Readonly<Record<number, string>> = {
  301: 'PermanentRedirect',
  304: 'NotModified',
  400: 'BadRequest',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  412: 'PreconditionFailed',
  413: 'RequestEntityTooLarge',
  416: 'InvalidRange',
  429: 'TooManyRequestsException',
  503: 'ServiceUnavailable',
}

/** An answer whose body is held, with its length; without text it has neither body nor type. */
export function answer(
  status: number,
  headers: Readonly<Record<string, string>>,
  text?: string,
): HttpResponse {
  const body = text === undefined ? bytesOf() : bytesOf(text)
  const all = new Headers(headers)
  if (text === undefined) all.delete('content-type')
  if (status !== 204 && status !== 304) all.set('content-length', String(heldBytes(body)?.length ?? 0))
  return { status, headers: all, body }
}

/** Statuses whose answers must not have a body. */
export const isBodiless = (status: number): boolean => status === 204 || status === 304

/** The code that goes out: as the service calls the error, else as its protocol does. */
export function codeFor(
  { errorCodes }: Service,
  { code }: ApiError,
  protocolCodes: Readonly<Record<string, string>> = {},
): string {
  return errorCodes?.[code] ?? protocolCodes[code] ?? code
}
