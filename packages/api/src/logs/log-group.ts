import { operation } from '../service.ts'
import { boolean, integer, list, map, oneOf, required, string, structure } from '../shape.ts'
import {
  Arn,
  DescribeLimit,
  EventTime,
  InvalidParameterException,
  LogGroupClass,
  LogGroupIdentifier,
  LogGroupName,
  ResourceAlreadyExistsException,
  ResourceNotFoundException,
  Token,
} from './shapes.ts'

export const CreateLogGroup = operation({
  name: 'CreateLogGroup',
  input: structure({
    logGroupName: required(LogGroupName),
    kmsKeyId: string({ max: 256 }),
    tags: map(string({ max: 256, pattern: '^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$' }), {
      min: 1,
      max: 50,
      key: string({ min: 1, max: 128, pattern: '^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+)$' }),
    }),
    logGroupClass: LogGroupClass,
    deletionProtectionEnabled: boolean(),
  }),
  output: structure({}),
  errors: [InvalidParameterException, ResourceAlreadyExistsException],
})

export const DescribeLogGroups = operation({
  name: 'DescribeLogGroups',
  input: structure({
    accountIdentifiers: list(string({ min: 12, max: 12, pattern: '^\\d{12}$' }), { min: 0, max: 20 }),
    logGroupNamePrefix: LogGroupName,
    logGroupNamePattern: string({ min: 0, max: 512, pattern: '[\\.\\-_/#A-Za-z0-9]*' }),
    nextToken: Token,
    limit: DescribeLimit,
    includeLinkedAccounts: boolean(),
    logGroupClass: LogGroupClass,
    logGroupIdentifiers: list(LogGroupIdentifier, { min: 1, max: 50 }),
  }),
  output: structure({
    logGroups: list(
      structure({
        logGroupName: LogGroupName,
        creationTime: EventTime,
        retentionInDays: integer(),
        metricFilterCount: integer(),
        arn: Arn,
        storedBytes: integer({ min: 0 }),
        kmsKeyId: string({ max: 256 }),
        dataProtectionStatus: oneOf('ACTIVATED', 'DELETED', 'ARCHIVED', 'DISABLED'),
        logGroupClass: LogGroupClass,
        logGroupArn: Arn,
        deletionProtectionEnabled: boolean(),
      }),
    ),
    nextToken: Token,
  }),
  errors: [InvalidParameterException],
})

export const DeleteLogGroup = operation({
  name: 'DeleteLogGroup',
  input: structure({ logGroupName: required(LogGroupName) }),
  output: structure({}),
  errors: [InvalidParameterException, ResourceNotFoundException],
})
