import { createLog, type Log, type LogFormat, writtenByTurn } from './log.ts'

export interface Logs {
  /** What becomes of the server and its models, on stderr. */
  readonly events: Log
  /** A line for each answer, on stdout; undefined where that is not wanted. */
  readonly access: Log | undefined
  /** What those who start the server wait for, on stdout. */
  readonly announce: (message: string) => void
  /** What user code says, on stdout: as it is, or as one event for each line. */
  readonly userCode: (line: string) => void
}

export interface LogSettings {
  readonly format: LogFormat
  readonly logsAccess: boolean
}

/** The process's own streams as logs. */
export function openLogs({ format, logsAccess }: LogSettings): Logs {
  const toOutput = (text: string): void => void process.stdout.write(text)
  const events = createLog({ format, write: (line) => void process.stderr.write(line) })
  const output = createLog({ format, write: toOutput })
  return {
    events,
    access: logsAccess ? createLog({ format, write: writtenByTurn(toOutput) }) : undefined,
    announce: (message) => output.info(message),
    userCode: format === 'json' ? (line) => output.info(line) : (line) => toOutput(`${line}\n`),
  }
}

/** Undefined where it is none. */
export const logFormatOf = (text: string): LogFormat | undefined =>
  text === 'text' || text === 'json' ? text : undefined
