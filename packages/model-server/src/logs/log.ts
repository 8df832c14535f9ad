export type LogFormat = 'text' | 'json'
export type LogFields = Readonly<Record<string, string | number | undefined>>

/** Events for people and machines: a sentence, and what belongs to it by name. */
export interface Log {
  info(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
}

export interface LogOptions {
  readonly format: LogFormat
  /** Takes one line, its end included. */
  readonly write: (line: string) => void
  readonly nowMillis?: () => number
}

/**
 * One line for each event:
 *
 *     sagebrush-model-server: loaded model=m version=1 millis=38
 *     {"time":"2026-01-01T00:00:00.000Z","level":"info","message":"loaded","model":"m","version":1,"millis":38}
 */
export function createLog({ format, write, nowMillis = Date.now }: LogOptions): Log {
  const line = format === 'json' ? jsonLine : textLine
  const log = (level: string, message: string, fields: LogFields = {}): void =>
    write(line({ time: new Date(nowMillis()).toISOString(), level, message }, fields))
  return {
    info: (message, fields) => log('info', message, fields),
    error: (message, fields) => log('error', message, fields),
  }
}

interface LogEvent {
  readonly time: string
  readonly level: string
  readonly message: string
}

const jsonLine = (event: LogEvent, fields: LogFields): string =>
  `${JSON.stringify({ ...event, ...fields })}\n`

function textLine({ message }: LogEvent, fields: LogFields): string {
  const named = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : `${name}=${quoted(String(value))}`,
  )
  return `sagebrush-model-server: ${[message, ...named].join(' ')}\n`
}

/** What a blank or a line's end would tear apart stands in quotes. */
const quoted = (text: string): string => (/^[^\s"=]+$/.test(text) ? text : JSON.stringify(text))

/** Writes the lines of one turn of the event loop together, at its end: for logs that get a line with each request. */
export function writtenByTurn(write: (text: string) => void): (line: string) => void {
  let waiting = ''
  return (line) => {
    if (waiting === '') {
      setImmediate(() => {
        const text = waiting
        waiting = ''
        write(text)
      })
    }
    waiting += line
  }
}
