import { restJson1 } from '../protocols/rest-json.ts'
import { service } from '../service.ts'
import { InvokeEndpoint } from './invoke-endpoint.ts'

/** SageMaker Runtime. It signs as `sagemaker`, but has no X-Amz-Target. */
export const sagemakerRuntime = service({
  signingName: 'sagemaker',
  apiVersion: '2017-05-13',
  errorCodes: { ValidationException: 'ValidationError' },
  protocol: restJson1,
  operations: [InvokeEndpoint],
})
