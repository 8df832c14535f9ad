/** Most characters of a FailureReason. Source: SageMaker's service model. */
const limit = 1024

/** A host that cannot do what its plan says: `reason` is the FailureReason as the user reads it. */
export class HostFailure extends Error {
  readonly reason: string

  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options)
    this.reason = reason
  }
}

/**
 * `AlgorithmError: <text>, exit code: 1`; a long text is cut, not its end. Source: SageMaker's own reasons.
 */
export function algorithmError(text: string): string {
  return ownAlgorithmError(text, 1)
}

/** The same of a container of the user's own, which ends with the program's own exit code. */
export function ownAlgorithmError(text: string, exitCode: number): string {
  const before = 'AlgorithmError: '
  const after = `, exit code: ${exitCode}`
  return before + cut(text.trim(), limit - before.length - after.length) + after
}

/** Something of the user's request or data is wrong. */
export function clientError(text: string): string {
  return cut(`ClientError: ${text.trim()}`, limit)
}

export function internalServerError(text: string): string {
  return cut(`InternalServerError: ${text.trim()}`, limit)
}

/** Seen only when nobody asked the job to stop through the API. */
export const stoppedReason = internalServerError('the host was asked to stop')

/** The reason that any error amounts to. */
export function reasonOf(error: unknown): string {
  if (error instanceof HostFailure) return error.reason
  if (error instanceof Error && error.name === 'AbortError') return stoppedReason
  return internalServerError(messageOf(error))
}

/** One line for a person: an API error with its code. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if ('httpStatus' in error && 'code' in error) return `${error.code} (${error.httpStatus}): ${error.message}`
  return error.message
}

/** At most so many UTF-16 units, without half a character at the end. */
function cut(text: string, length: number): string {
  if (text.length <= length) return text
  return text.slice(0, length).replace(/[\ud800-\udbff]$/, '')
}
