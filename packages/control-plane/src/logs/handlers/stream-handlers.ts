import {
  type Handlers,
  InvalidParameterException,
  type logs,
  ResourceAlreadyExistsException,
} from '@sagebrush/api'
import type { RequestContext } from '../../context.ts'
import type { LogGroup } from '../store/log-group.ts'
import type { LogStream } from '../store/log-stream.ts'
import { askedGroup, logStreamArn } from './log-arn.ts'
import type { LogsParts } from './logs-parts.ts'
import { decodeNameToken, encodeNameToken, eventId } from './page-token.ts'

type All = Handlers<typeof logs, RequestContext>
type StreamHandlers = Pick<All, 'CreateLogStream' | 'DescribeLogStreams' | 'DeleteLogStream'>
type DescribeInput = Parameters<All['DescribeLogStreams']>[0]

const pageSize = 50

export function streamHandlers({ store, clock }: LogsParts): StreamHandlers {
  return {
    async CreateLogStream({ logGroupName, logStreamName }) {
      const header = { name: logStreamName, createdAt: clock().getTime() }
      if (!(await store.group(logGroupName).createStream(header))) {
        throw ResourceAlreadyExistsException('The specified log stream already exists')
      }
      return {}
    },

    async DescribeLogStreams(input, context) {
      const group = askedGroup(store, input)
      const found = await ordered(group, input)
      const begin = input.nextToken === undefined ? 0 : indexAfter(found, decodeNameToken(input.nextToken))
      const page = found.slice(begin, begin + (input.limit ?? pageSize))
      const last = page.at(-1)
      return {
        logStreams: await Promise.all(page.map((stream) => describe(stream, group, context))),
        ...(last && last !== found.at(-1) ? { nextToken: encodeNameToken(last.name) } : {}),
      }
    },

    async DeleteLogStream({ logGroupName, logStreamName }) {
      await store.group(logGroupName).deleteStream(logStreamName)
      return {}
    },
  }
}

async function ordered(group: LogGroup, input: DescribeInput): Promise<LogStream[]> {
  const { logStreamNamePrefix: prefix = '', orderBy, descending } = input
  if (orderBy === 'LastEventTime' && input.logStreamNamePrefix !== undefined) {
    throw InvalidParameterException('Cannot order by LastEventTime with a logStreamNamePrefix.')
  }
  const found = (await group.streams()).filter((stream) => stream.name.startsWith(prefix))
  if (orderBy === 'LastEventTime') {
    const edges = await Promise.all(found.map((stream) => stream.edges()))
    const last = new Map(found.map((stream, i) => [stream, edges[i]?.last ?? 0]))
    found.sort((a, b) => (last.get(a) ?? 0) - (last.get(b) ?? 0))
  }
  return descending ? found.reverse() : found
}

/** A stream that has gone since the last page begins the list anew rather than ending it. */
function indexAfter(streams: readonly LogStream[], name: string): number {
  return streams.findIndex((stream) => stream.name === name) + 1
}

async function describe(stream: LogStream, group: LogGroup, context: RequestContext) {
  const { createdAt } = await stream.header()
  const { first, last, ingested } = await stream.edges()
  return {
    logStreamName: stream.name,
    creationTime: createdAt,
    ...(first === undefined ? {} : { firstEventTimestamp: first }),
    ...(last === undefined ? {} : { lastEventTimestamp: last }),
    ...(ingested === undefined ? {} : { lastIngestionTime: ingested }),
    uploadSequenceToken: eventId({ timestamp: last ?? 0, offset: stream.bytes, stream: stream.name }),
    arn: logStreamArn(context, { group: group.name, name: stream.name }),
    // Source: AWS reports zero for streams since June 2019.
    storedBytes: 0,
  }
}
