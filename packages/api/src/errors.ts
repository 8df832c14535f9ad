export interface ApiErrorType {
  readonly code: string
  readonly httpStatus: number
}

export interface ApiErrorOptions extends ErrorOptions {
  /** Further members of the error's body, such as `OriginalStatusCode` or S3's `BucketName`. */
  readonly details?: Readonly<Record<string, unknown>>
  /** Further headers of the answer, such as the `ETag` of a 304. */
  readonly headers?: Readonly<Record<string, string>>
}

/** The one error class of the AWS surface; each protocol writes it in its own form. */
export class ApiError extends Error implements ApiErrorType {
  readonly code: string
  readonly httpStatus: number
  readonly details: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, string>>

  constructor(type: ApiErrorType, message: string, options: ApiErrorOptions = {}) {
    super(message, options)
    this.name = type.code
    this.code = type.code
    this.httpStatus = type.httpStatus
    this.details = options.details ?? {}
    this.headers = options.headers ?? {}
  }
}

/** A row of an error table: `throw resourceInUse('Cannot create …')`. */
export function errorType(
  code: string,
  httpStatus: number,
): ApiErrorType & ((message: string, options?: ApiErrorOptions) => ApiError) {
  const make = (message: string, options?: ApiErrorOptions) =>
    new ApiError({ code, httpStatus }, message, options)
  return Object.assign(make, { code, httpStatus })
}

export const ValidationException = errorType('ValidationException', 400)
export const SerializationException = errorType('SerializationException', 400)
export const UnknownOperationException = errorType('UnknownOperationException', 400)
export const RequestEntityTooLarge = errorType('RequestEntityTooLargeException', 413)
export const InternalFailure = errorType('InternalFailure', 500)
