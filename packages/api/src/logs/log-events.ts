import { operation } from '../service.ts'
import { boolean, integer, list, required, string, structure } from '../shape.ts'
import {
  EventsLimit,
  EventTime,
  InvalidParameterException,
  LogGroupIdentifier,
  LogGroupName,
  LogStreamName,
  Message,
  ResourceNotFoundException,
  Token,
} from './shapes.ts'

export const PutLogEvents = operation({
  name: 'PutLogEvents',
  input: structure({
    logGroupName: required(LogGroupName),
    logStreamName: required(LogStreamName),
    logEvents: required(
      list(structure({ timestamp: required(EventTime), message: required(Message) }), {
        min: 1,
        max: 10_000,
      }),
    ),
    sequenceToken: Token,
  }),
  output: structure({
    nextSequenceToken: Token,
    rejectedLogEventsInfo: structure({
      tooNewLogEventStartIndex: integer(),
      tooOldLogEventEndIndex: integer(),
      expiredLogEventEndIndex: integer(),
    }),
  }),
  errors: [InvalidParameterException, ResourceNotFoundException],
})

export const GetLogEvents = operation({
  name: 'GetLogEvents',
  input: structure({
    logGroupName: LogGroupName,
    logGroupIdentifier: LogGroupIdentifier,
    logStreamName: required(LogStreamName),
    startTime: EventTime,
    endTime: EventTime,
    nextToken: Token,
    limit: EventsLimit,
    startFromHead: boolean(),
    unmask: boolean(),
  }),
  output: structure({
    events: list(structure({ timestamp: EventTime, message: Message, ingestionTime: EventTime })),
    nextForwardToken: Token,
    nextBackwardToken: Token,
  }),
  errors: [InvalidParameterException, ResourceNotFoundException],
})

export const FilterLogEvents = operation({
  name: 'FilterLogEvents',
  input: structure({
    logGroupName: LogGroupName,
    logGroupIdentifier: LogGroupIdentifier,
    logStreamNames: list(LogStreamName, { min: 1, max: 100 }),
    logStreamNamePrefix: LogStreamName,
    startTime: EventTime,
    endTime: EventTime,
    filterPattern: string({ min: 0, max: 1024 }),
    nextToken: Token,
    limit: EventsLimit,
    startFromHead: boolean(),
    interleaved: boolean(),
    unmask: boolean(),
  }),
  output: structure({
    events: list(
      structure({
        logStreamName: LogStreamName,
        timestamp: EventTime,
        message: Message,
        ingestionTime: EventTime,
        eventId: string(),
      }),
    ),
    searchedLogStreams: list(structure({ logStreamName: LogStreamName, searchedCompletely: boolean() })),
    nextToken: Token,
  }),
  errors: [InvalidParameterException, ResourceNotFoundException],
})
