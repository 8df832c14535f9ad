import { operation } from '../service.ts'
import { boolean, integer, list, oneOf, required, structure } from '../shape.ts'
import {
  Arn,
  DescribeLimit,
  EventTime,
  InvalidParameterException,
  LogGroupIdentifier,
  LogGroupName,
  LogStreamName,
  ResourceAlreadyExistsException,
  ResourceNotFoundException,
  Token,
} from './shapes.ts'

export const CreateLogStream = operation({
  name: 'CreateLogStream',
  input: structure({ logGroupName: required(LogGroupName), logStreamName: required(LogStreamName) }),
  output: structure({}),
  errors: [InvalidParameterException, ResourceAlreadyExistsException, ResourceNotFoundException],
})

export const DescribeLogStreams = operation({
  name: 'DescribeLogStreams',
  input: structure({
    logGroupName: LogGroupName,
    logGroupIdentifier: LogGroupIdentifier,
    logStreamNamePrefix: LogStreamName,
    orderBy: oneOf('LogStreamName', 'LastEventTime'),
    descending: boolean(),
    nextToken: Token,
    limit: DescribeLimit,
  }),
  output: structure({
    logStreams: list(
      structure({
        logStreamName: LogStreamName,
        creationTime: EventTime,
        firstEventTimestamp: EventTime,
        lastEventTimestamp: EventTime,
        lastIngestionTime: EventTime,
        uploadSequenceToken: Token,
        arn: Arn,
        storedBytes: integer({ min: 0 }),
      }),
    ),
    nextToken: Token,
  }),
  errors: [InvalidParameterException, ResourceNotFoundException],
})

export const DeleteLogStream = operation({
  name: 'DeleteLogStream',
  input: structure({ logGroupName: required(LogGroupName), logStreamName: required(LogStreamName) }),
  output: structure({}),
  errors: [InvalidParameterException, ResourceNotFoundException],
})
