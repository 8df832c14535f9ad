import { errorType } from '../errors.ts'
import { integer, oneOf, string } from '../shape.ts'

// Shapes that several CloudWatch Logs operations share, with the limits of AWS's service model (2014-03-28).

export const LogGroupName = string({ min: 1, max: 512, pattern: '[\\.\\-_/#A-Za-z0-9]+' })
/** A group's name or its ARN. */
export const LogGroupIdentifier = string({ min: 1, max: 2048, pattern: '[\\w#+=/:,.@-]*' })
export const LogStreamName = string({ min: 1, max: 512, pattern: '[^:*]*' })
/** Milliseconds since 1970. */
export const EventTime = integer({ min: 0 })
export const Message = string({ min: 1 })
export const Token = string({ min: 1 })
export const Arn = string()
export const LogGroupClass = oneOf('STANDARD', 'INFREQUENT_ACCESS', 'DELIVERY', 'ESSENTIALS')
export const DescribeLimit = integer({ min: 1, max: 50 })
export const EventsLimit = integer({ min: 1, max: 10_000 })

export const InvalidParameterException = errorType('InvalidParameterException', 400)
export const ResourceAlreadyExistsException = errorType('ResourceAlreadyExistsException', 400)
/** Of the logs service; SageMaker calls its own `ResourceNotFound`. */
export const ResourceNotFoundException = errorType('ResourceNotFoundException', 400)
