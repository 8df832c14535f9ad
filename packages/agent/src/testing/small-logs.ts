import {
  type InputOf,
  type logs,
  ResourceAlreadyExistsException,
  ResourceNotFoundException,
} from '@sagebrush/api'
import type { Handle } from './small-server.ts'

export interface StoredEvent {
  readonly timestamp: number
  readonly message: string
}

type Input<N extends Parameters<typeof name>[0]> = InputOf<typeof logs, N>
declare function name(operation: 'CreateLogGroup' | 'CreateLogStream' | 'PutLogEvents' | 'GetLogEvents'): void

/** Pages are small, so that tests meet more than one. */
const pageEvents = 3

/** CloudWatch Logs over a map of `group/stream`; a group is a key that ends in `/`. */
export function logsHandlers(streams: Map<string, StoredEvent[]>): Readonly<Record<string, Handle>> {
  const make = (key: string): Record<string, never> => {
    if (streams.has(key)) throw ResourceAlreadyExistsException('The specified resource already exists')
    streams.set(key, [])
    return {}
  }
  const eventsOf = (group: string | undefined, stream: string): StoredEvent[] => {
    const events = streams.get(`${group}/${stream}`)
    if (events === undefined) throw ResourceNotFoundException('The specified log stream does not exist.')
    return events
  }
  return {
    CreateLogGroup: ({ logGroupName }: Input<'CreateLogGroup'>) => make(`${logGroupName}/`),
    CreateLogStream({ logGroupName, logStreamName }: Input<'CreateLogStream'>) {
      if (!streams.has(`${logGroupName}/`))
        throw ResourceNotFoundException('The specified log group does not exist.')
      return make(`${logGroupName}/${logStreamName}`)
    },
    PutLogEvents({ logGroupName, logStreamName, logEvents }: Input<'PutLogEvents'>) {
      eventsOf(logGroupName, logStreamName).push(...logEvents)
      return {}
    },
    GetLogEvents({ logGroupName, logStreamName, startTime = 0, nextToken }: Input<'GetLogEvents'>) {
      const from = eventsOf(logGroupName, logStreamName).filter(({ timestamp }) => timestamp >= startTime)
      const start = Number(nextToken ?? 0)
      const events = from.slice(start, start + pageEvents)
      return { events, nextForwardToken: String(start + events.length) }
    },
  }
}
