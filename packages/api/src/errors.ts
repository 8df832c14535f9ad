export interface ApiErrorType {
  readonly code: string
  readonly httpStatus: number
}

/** The one error class of the AWS surface; each protocol writes it in its own form. */
export class ApiError extends Error implements ApiErrorType {
  readonly code: string
  readonly httpStatus: number
  /** Further members of the error's body, such as `OriginalStatusCode` or S3's `BucketName`. */
  readonly details: Readonly<Record<string, unknown>>

  constructor(
    type: ApiErrorType,
    message: string,
    options: ErrorOptions & { details?: Record<string, unknown> } = {},
  ) {
    super(message, options)
    this.name = type.code
    this.code = type.code
    this.httpStatus = type.httpStatus
    this.details = options.details ?? {}
  }
}

/** A row of an error table: `throw resourceInUse('Cannot create …')`. */
export function errorType(
  code: string,
  httpStatus: number,
): ApiErrorType & ((message: string, options?: ConstructorParameters<typeof ApiError>[2]) => ApiError) {
  const make = (message: string, options?: ConstructorParameters<typeof ApiError>[2]) =>
    new ApiError({ code, httpStatus }, message, options)
  return Object.assign(make, { code, httpStatus })
}

export const ValidationException = errorType('ValidationException', 400)
export const SerializationException = errorType('SerializationException', 400)
export const UnknownOperationException = errorType('UnknownOperationException', 400)
export const InternalFailure = errorType('InternalFailure', 500)
