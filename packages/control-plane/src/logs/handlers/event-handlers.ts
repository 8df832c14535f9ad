import { type Handlers, InvalidParameterException, type logs } from '@sagebrush/api'
import type { RequestContext } from '../../context.ts'
import type { LogGroup } from '../store/log-group.ts'
import type { LogStream } from '../store/log-stream.ts'
import { type SelectedEvent, selectEvents } from '../store/select-events.ts'
import { admitEvents } from './admit-events.ts'
import { parseFilterPattern } from './filter-pattern.ts'
import { askedGroup } from './log-arn.ts'
import type { LogsParts } from './logs-parts.ts'
import {
  decodeGroupToken,
  decodeStreamToken,
  encodeGroupToken,
  encodeStreamToken,
  eventId,
  type PageToken,
} from './page-token.ts'

type All = Handlers<typeof logs, RequestContext>
type EventHandlers = Pick<All, 'PutLogEvents' | 'GetLogEvents' | 'FilterLogEvents'>
type FilterInput = Parameters<All['FilterLogEvents']>[0]

const pageEvents = 10_000
const pageBytes = 1024 * 1024
/** How much FilterLogEvents reads for one answer before it hands out a token instead. */
const scanBytes = 32 * 1024 * 1024

export function eventHandlers({ store, clock }: LogsParts): EventHandlers {
  return {
    async PutLogEvents({ logGroupName, logStreamName, logEvents }) {
      const stream = await store.group(logGroupName).stream(logStreamName)
      const now = clock().getTime()
      const { accepted, rejected } = admitEvents(logEvents, now)
      const lines = accepted.map(({ timestamp, message }) => ({ timestamp, message, ingestionTime: now }))
      if (lines.length > 0) await stream.append(lines)
      return {
        nextSequenceToken: eventId({ timestamp: now, offset: stream.bytes, stream: stream.name }),
        ...(rejected ? { rejectedLogEventsInfo: rejected } : {}),
      }
    },

    async GetLogEvents(input, { signal }) {
      const stream = await askedGroup(store, input).stream(input.logStreamName)
      const from = startOf(input, stream)
      const { events } = await selectEvents({
        streams: [stream],
        direction: from.direction,
        beyond: input.nextToken === undefined ? undefined : from.position,
        earliest: input.startTime ?? 0,
        latest: (input.endTime ?? Number.MAX_SAFE_INTEGER) - 1,
        limit: input.limit ?? pageEvents,
        limitBytes: pageBytes,
        scanLimitBytes: Number.POSITIVE_INFINITY,
        signal,
      })
      return { events: events.map(outputEvent), ...tokensAround(events, from.position) }
    },

    async FilterLogEvents(input, { signal }) {
      const streams = await searched(askedGroup(store, input), input)
      const token = input.nextToken === undefined ? undefined : decodeGroupToken(input.nextToken)
      const direction = token?.direction ?? (input.startFromHead === false ? 'backward' : 'forward')
      const { events, next } = await selectEvents({
        streams,
        direction,
        beyond: token?.position,
        earliest: input.startTime ?? 0,
        latest: input.endTime ?? Number.MAX_SAFE_INTEGER,
        limit: input.limit ?? pageEvents,
        limitBytes: pageBytes,
        scanLimitBytes: scanBytes,
        matches: input.filterPattern?.trim() ? parseFilterPattern(input.filterPattern) : undefined,
        signal,
      })
      const found = events.map((event) => {
        return { logStreamName: event.stream, ...outputEvent(event), eventId: eventId(event) }
      })
      return {
        events: direction === 'forward' ? found : found.reverse(),
        // Source: AWS answers an empty list since 2020.
        searchedLogStreams: [],
        ...(next ? { nextToken: encodeGroupToken({ direction, position: next }) } : {}),
      }
    },
  }
}

const outputEvent = ({ timestamp, message, ingestionTime }: SelectedEvent) => ({
  timestamp,
  message,
  ingestionTime,
})

interface StartInput {
  readonly nextToken?: string | undefined
  readonly startTime?: number | undefined
  readonly startFromHead?: boolean | undefined
}

/** Without a token, the place before all that is asked for: events that come later lie beyond it. */
function startOf({ nextToken, startTime = 0, startFromHead }: StartInput, stream: LogStream): PageToken {
  if (nextToken !== undefined) return decodeStreamToken(nextToken, stream.name)
  return {
    direction: startFromHead ? 'forward' : 'backward',
    position: { timestamp: startTime, offset: 0, stream: stream.name },
  }
}

/** An empty page leaves both tokens where they were. */
function tokensAround(events: readonly SelectedEvent[], position: PageToken['position']) {
  return {
    nextForwardToken: encodeStreamToken({ direction: 'forward', position: events.at(-1) ?? position }),
    nextBackwardToken: encodeStreamToken({ direction: 'backward', position: events[0] ?? position }),
  }
}

async function searched(group: LogGroup, input: FilterInput): Promise<LogStream[]> {
  const { logStreamNames: names, logStreamNamePrefix: prefix } = input
  if (names && prefix !== undefined) {
    throw InvalidParameterException(
      'logStreamNames and logStreamNamePrefix are mutually exclusive parameters.',
    )
  }
  if (names) return Promise.all([...new Set(names)].map((name) => group.stream(name)))
  return (await group.streams()).filter((stream) => stream.name.startsWith(prefix ?? ''))
}
