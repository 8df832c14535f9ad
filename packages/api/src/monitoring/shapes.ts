import { errorType } from '../errors.ts'
import { boolean, double, integer, list, oneOf, required, string, structure, timestamp } from '../shape.ts'

// Shapes that several CloudWatch operations share, with the limits of AWS's service model (2010-08-01).

export const Namespace = string({ min: 1, max: 255, pattern: '[^:].*' })
export const MetricName = string({ min: 1, max: 255 })
export const DimensionName = string({ min: 1, max: 255 })
export const DimensionValue = string({ min: 1, max: 1024 })
export const Dimensions = list(
  structure({ Name: required(DimensionName), Value: required(DimensionValue) }),
  { max: 30 },
)
export const Metric = structure({ Namespace, MetricName, Dimensions })
export const Timestamp = timestamp()
/** Seconds. */
export const Period = integer({ min: 1 })
export const DatapointValue = double()
export const MetricLabel = string()
export const NextToken = string()
export const AccountId = string({ min: 1, max: 255 })
export const Flag = boolean()
export const Statistic = oneOf('SampleCount', 'Average', 'Sum', 'Minimum', 'Maximum')
export const StandardUnit = oneOf(
  'Seconds',
  'Microseconds',
  'Milliseconds',
  'Bytes',
  'Kilobytes',
  'Megabytes',
  'Gigabytes',
  'Terabytes',
  'Bits',
  'Kilobits',
  'Megabits',
  'Gigabits',
  'Terabits',
  'Percent',
  'Count',
  'Bytes/Second',
  'Kilobytes/Second',
  'Megabytes/Second',
  'Gigabytes/Second',
  'Terabytes/Second',
  'Bits/Second',
  'Kilobits/Second',
  'Megabits/Second',
  'Gigabits/Second',
  'Terabits/Second',
  'Count/Second',
  'None',
)

export const InvalidParameterValue = errorType('InvalidParameterValue', 400)
export const InvalidParameterCombination = errorType('InvalidParameterCombination', 400)
export const MissingParameter = errorType('MissingParameter', 400)
export const InvalidNextToken = errorType('InvalidNextToken', 400)
export const InternalServiceError = errorType('InternalServiceError', 500)
