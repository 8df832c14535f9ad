import { ApiError, InternalFailure, type Operation } from '@sagebrush/api'

/** Pure. What a client is told of an error: of one that nobody foresaw, no more than that. */
export function errorForClient(error: unknown, operation: Operation | undefined): ApiError {
  if (!(error instanceof ApiError))
    return InternalFailure('We encountered an internal error. Please try again.', { cause: error })
  return error.code === 'ValidationException' ? inWordsOf(operation, error) : error
}

/** Some services have a name of their own for an input outside its limits, among the errors that they declare. */
function inWordsOf(operation: Operation | undefined, error: ApiError): ApiError {
  const declared = operation?.errors.map(({ code }) => code) ?? []
  if (declared.includes(error.code)) return error
  const own = declared.find((code) => ownNames.has(code))
  if (own === undefined) return error
  const { httpStatus, message, details, headers } = error
  return new ApiError({ code: own, httpStatus }, message, { cause: error, details, headers })
}

/** SageMaker Runtime's and CloudWatch Logs'. */
const ownNames = new Set(['ValidationError', 'InvalidParameterException'])
