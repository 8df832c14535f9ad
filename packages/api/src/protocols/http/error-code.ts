import { ApiError } from '../../errors.ts'
import type { Service } from '../../service.ts'

/** The code that goes out: as the service calls the error, else as its protocol does. */
export function codeFor(
  { errorCodes }: Service,
  { code }: ApiError,
  protocolCodes: Readonly<Record<string, string>> = {},
): string {
  return errorCodes?.[code] ?? protocolCodes[code] ?? code
}

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
