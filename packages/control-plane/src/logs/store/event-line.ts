/**
 * A log event as one line of text, which `cat` shows well enough:
 *
 *   1763690000123 1763690000456 "epoch 1: loss 0.25"
 *
 * that is, the event's time and the time of its arrival in milliseconds, and the message as a JSON string.
 */
export interface EventLine {
  readonly timestamp: number
  readonly ingestionTime: number
  readonly message: string
}

const newline = 10
const space = 32

/** The lines of events, one after the other. */
export function encodeEvents(events: readonly EventLine[]): Buffer {
  let text = ''
  let [before, arrived, times] = [-1, -1, '']
  for (const { timestamp, ingestionTime, message } of events) {
    // Most events of a batch have the time of the one before.
    if (timestamp !== before || ingestionTime !== arrived) {
      times = `${timestamp} ${ingestionTime} `
      ;[before, arrived] = [timestamp, ingestionTime]
    }
    text += `${times}${JSON.stringify(message)}\n`
  }
  return Buffer.from(text)
}

/** Throws SyntaxError for a line that is none. */
export function decodeEvent(line: Uint8Array): EventLine {
  const text = Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString()
  const first = text.indexOf(' ')
  const second = text.indexOf(' ', first + 1)
  const message: unknown = JSON.parse(text.slice(second + 1))
  const timestamp = Number(text.slice(0, first))
  const ingestionTime = Number(text.slice(first + 1, second))
  if (
    first < 1 ||
    second < 0 ||
    typeof message !== 'string' ||
    !Number.isSafeInteger(timestamp + ingestionTime)
  ) {
    throw new SyntaxError('not a log event')
  }
  return { timestamp, ingestionTime, message }
}

/** The event's time alone: all that an index needs, without a look at the message. NaN where there is none. */
export function timestampAt(bytes: Uint8Array, start: number): number {
  let value = 0
  for (let i = start; i < bytes.length; i++) {
    const byte = bytes[i]
    if (byte === space) return i > start ? value : Number.NaN
    if (byte === undefined || byte < 48 || byte > 57) return Number.NaN
    value = value * 10 + byte - 48
  }
  return Number.NaN
}

/** Calls back with each whole line's start and end, the newline included; answers where the rest begins. */
export function eachLine(bytes: Uint8Array, visit: (start: number, end: number) => void): number {
  let start = 0
  for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, start)) {
    visit(start, end + 1)
    start = end + 1
  }
  return start
}
