import { awsJson10 } from '../protocols/aws-json.ts'
import { query } from '../protocols/query.ts'
import { rpcV2Cbor } from '../protocols/rpc-v2-cbor.ts'
import { service } from '../service.ts'
import { PutMetricData } from './put-metric-data.ts'
import { GetMetricData, GetMetricStatistics, ListMetrics } from './read-metrics.ts'

/** CloudWatch's metrics, as far as training jobs and those who look at them need them. */
export const cloudWatch = service({
  signingName: 'monitoring',
  apiVersion: '2010-08-01',
  targetPrefix: 'GraniteServiceVersion20100801',
  xmlNamespace: 'http://monitoring.amazonaws.com/doc/2010-08-01/',
  errorCodes: { ValidationException: 'ValidationError', InternalFailure: 'InternalServiceError' },
  errorShapes: {
    InvalidParameterValue: 'InvalidParameterValueException',
    InvalidParameterCombination: 'InvalidParameterCombinationException',
    MissingParameter: 'MissingRequiredParameterException',
    InternalServiceError: 'InternalServiceFault',
  },
  protocol: rpcV2Cbor,
  operations: [GetMetricStatistics, GetMetricData, ListMetrics, PutMetricData],
})

/** The same service in each protocol that its clients speak: those of today CBOR or JSON, older ones the query form. */
export const cloudWatchFaces = [
  cloudWatch,
  service({ ...cloudWatch, protocol: awsJson10 }),
  service({ ...cloudWatch, protocol: query }),
] as const
