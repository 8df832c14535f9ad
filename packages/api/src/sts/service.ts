import { query } from '../protocols/query.ts'
import { operation, service } from '../service.ts'
import { string, structure } from '../shape.ts'

const arnPattern =
  '[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u0085\\u00A0-\\uD7FF\\uE000-\\uFFFD\\u10000-\\u10FFFF]+'

/** Who the caller is. Source: AWS's service model `sts` (2011-06-15). */
const GetCallerIdentity = operation({
  name: 'GetCallerIdentity',
  input: structure({}),
  output: structure({
    UserId: string(),
    Account: string(),
    Arn: string({ min: 20, max: 2048, pattern: arnPattern }),
  }),
  errors: [],
})

/** The part of the Security Token Service that SageMaker's clients ask. */
export const sts = service({
  signingName: 'sts',
  apiVersion: '2011-06-15',
  xmlNamespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
  protocol: query,
  operations: [GetCallerIdentity],
})
