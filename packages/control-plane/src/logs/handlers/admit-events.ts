import { InvalidParameterException } from '@sagebrush/api'

interface InputEvent {
  readonly timestamp: number
  readonly message: string
}

export interface Admitted {
  readonly accepted: readonly InputEvent[]
  readonly rejected?: { tooNewLogEventStartIndex?: number; tooOldLogEventEndIndex?: number }
}

const hourMillis = 60 * 60 * 1000
const dayMillis = 24 * hourMillis
const batchLimitBytes = 1_048_576
/** What AWS counts for an event beside its message. */
const eventOverheadBytes = 26

/**
 * Which events of a batch are stored. Throws InvalidParameterException for a batch that is out of order, too large or
 * too long in time. Source: CloudWatch Logs API reference, PutLogEvents.
 */
export function admitEvents(events: readonly InputEvent[], now: number): Admitted {
  checkOrder(events)
  checkSize(events)
  const first = events.findIndex(({ timestamp }) => timestamp >= now - 14 * dayMillis)
  const begin = first < 0 ? events.length : first
  const late = events.findIndex(({ timestamp }) => timestamp > now + 2 * hourMillis)
  const end = late < 0 ? events.length : late
  const accepted = events.slice(begin, end)
  checkSpan(accepted)
  if (begin === 0 && end === events.length) return { accepted }
  return {
    accepted,
    rejected: {
      ...(begin > 0 ? { tooOldLogEventEndIndex: begin } : {}),
      ...(end < events.length ? { tooNewLogEventStartIndex: end } : {}),
    },
  }
}

function checkOrder(events: readonly InputEvent[]): void {
  let last = 0
  for (const { timestamp } of events) {
    if (timestamp < last) {
      throw InvalidParameterException(
        'Log events in a single PutLogEvents request must be in chronological order.',
      )
    }
    last = timestamp
  }
}

function checkSize(events: readonly InputEvent[]): void {
  let bytes = 0
  for (const { message } of events) bytes += Buffer.byteLength(message) + eventOverheadBytes
  if (bytes > batchLimitBytes) {
    throw InvalidParameterException(`Upload too large: ${bytes} bytes exceeds limit of ${batchLimitBytes}`)
  }
}

function checkSpan(events: readonly InputEvent[]): void {
  const [first, last] = [events[0], events.at(-1)]
  if (first && last && last.timestamp - first.timestamp > dayMillis) {
    throw InvalidParameterException(
      'The batch of log events in a single PutLogEvents request cannot span more than 24 hours.',
    )
  }
}
