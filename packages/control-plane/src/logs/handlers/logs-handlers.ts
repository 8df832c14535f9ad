import type { Handlers, logs } from '@sagebrush/api'
import type { RequestContext } from '../../context.ts'
import { eventHandlers } from './event-handlers.ts'
import { groupHandlers } from './group-handlers.ts'
import type { LogsParts } from './logs-parts.ts'
import { streamHandlers } from './stream-handlers.ts'

/** CloudWatch Logs. Groups are the same in every region; their ARNs bear the region that is asked. */
export function logsHandlers(parts: LogsParts): Handlers<typeof logs, RequestContext> {
  return { ...groupHandlers(parts), ...streamHandlers(parts), ...eventHandlers(parts) }
}
