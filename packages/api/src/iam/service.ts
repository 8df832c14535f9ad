import { errorType } from '../errors.ts'
import { query } from '../protocols/query.ts'
import { operation, service } from '../service.ts'
import { integer, required, string, structure, timestamp } from '../shape.ts'

export const NoSuchEntity = errorType('NoSuchEntity', 404)

const roleName = string({ min: 1, max: 64, pattern: '[\\w+=,.@-]+' })
const arn = string({ min: 20, max: 2048 })

const Role = structure({
  Path: required(string({ min: 1, max: 512, pattern: '(\\u002F)|(\\u002F[\\u0021-\\u007E]+\\u002F)' })),
  RoleName: required(roleName),
  RoleId: required(string({ min: 16, max: 128, pattern: '[\\w]+' })),
  Arn: required(arn),
  CreateDate: required(timestamp()),
  /** JSON, percent-encoded. */
  AssumeRolePolicyDocument: string({
    min: 1,
    max: 131_072,
    pattern: '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+',
  }),
  Description: string({ max: 1000, pattern: '[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*' }),
  MaxSessionDuration: integer({ min: 3600, max: 43_200 }),
  RoleLastUsed: structure({ LastUsedDate: timestamp(), Region: string() }),
})

export const GetRole = operation({
  name: 'GetRole',
  input: structure({ RoleName: required(roleName) }),
  output: structure({ Role: required(Role) }),
  errors: [NoSuchEntity],
})

/** The part of Identity and Access Management that SageMaker's clients ask. Source: AWS's service model `iam` (2010-05-08). */
export const iam = service({
  signingName: 'iam',
  apiVersion: '2010-05-08',
  xmlNamespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
  protocol: query,
  operations: [GetRole],
})
