/** Canonical codes with their numbers (google.rpc.Code) and the HTTP status that TensorFlow Serving gives each. */
const codes = {
  OK: { number: 0, http: 200 },
  CANCELLED: { number: 1, http: 499 },
  UNKNOWN: { number: 2, http: 500 },
  INVALID_ARGUMENT: { number: 3, http: 400 },
  DEADLINE_EXCEEDED: { number: 4, http: 504 },
  NOT_FOUND: { number: 5, http: 404 },
  ALREADY_EXISTS: { number: 6, http: 409 },
  PERMISSION_DENIED: { number: 7, http: 403 },
  RESOURCE_EXHAUSTED: { number: 8, http: 429 },
  FAILED_PRECONDITION: { number: 9, http: 400 },
  ABORTED: { number: 10, http: 409 },
  OUT_OF_RANGE: { number: 11, http: 400 },
  UNIMPLEMENTED: { number: 12, http: 501 },
  INTERNAL: { number: 13, http: 500 },
  UNAVAILABLE: { number: 14, http: 503 },
  DATA_LOSS: { number: 15, http: 500 },
  UNAUTHENTICATED: { number: 16, http: 401 },
} as const

export type StatusCode = keyof typeof codes

/** The one error of this package that a client may see: its message is meant for the outside. */
export class StatusError extends Error {
  readonly code: StatusCode
  constructor(code: StatusCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StatusError'
    this.code = code
  }
}

export const invalidArgument = (message: string): StatusError => new StatusError('INVALID_ARGUMENT', message)

/** Source: TensorFlow Serving's http_server.cc. */
export const httpStatusOf = (code: StatusCode): number => codes[code].http

export const statusCodeNumber = (code: StatusCode): number => codes[code].number

export const statusCodeNumbers = (): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(codes).map(([code, { number }]) => [code, number]))

export function statusCodeOf(number: number): StatusCode {
  for (const [code, row] of Object.entries(codes)) if (row.number === number) return code as StatusCode
  return 'UNKNOWN'
}

/** How a status stands inside another message: `INVALID_ARGUMENT: text`. */
export const statusText = (error: StatusError): string => `${error.code}: ${error.message}`

/** What leaves the server for any thrown thing: details of errors that are not ours stay inside, as `cause`. */
export function asStatusError(thrown: unknown): StatusError {
  if (thrown instanceof StatusError) return thrown
  return new StatusError('INTERNAL', 'Internal error', { cause: thrown })
}
