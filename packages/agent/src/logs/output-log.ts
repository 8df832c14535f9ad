import { closeSync, fstatSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { hostFiles } from '../host/host-files.ts'

/**
 * The host's `output.log`. Programs get its descriptor as stdout and stderr, so what they print is in the
 * file though the agent dies; opened for appending, every writer's lines stay whole.
 */
export interface OutputLog extends Disposable {
  readonly descriptor: number
  /**
   * Adds a line, or several, after the end of the line that a program may have begun. Never throws: a full disk must not
   * end the job through its log.
   */
  line(text: string): void
  /** A line that is told apart from what programs print. */
  note(text: string): void
  /** Adds bytes as they are. */
  write(bytes: Uint8Array): void
}

export function openOutputLog(directory: string): OutputLog {
  const path = join(directory, hostFiles.output)
  mkdirSync(dirname(path), { recursive: true })
  const descriptor = openSync(path, 'a+', 0o600)
  const write = (bytes: Uint8Array): void => {
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done)
    } catch {
      // There is nowhere left to say it.
    }
  }
  const line = (text: string): void => write(Buffer.from(`${isMidLine(descriptor) ? '\n' : ''}${text}\n`))
  return {
    descriptor,
    line,
    note: (text) => line(mark + text),
    write,
    [Symbol.dispose]: () => closeSync(descriptor),
  }
}

const mark = 'sagebrush-agent: '

/** Whether a line is a note of the agent. */
export const isNote = (line: string): boolean => line.startsWith(mark)

function isMidLine(descriptor: number): boolean {
  try {
    const { size } = fstatSync(descriptor)
    const last = Buffer.alloc(1)
    return size > 0 && readSync(descriptor, last, 0, 1, size - 1) === 1 && last[0] !== 10
  } catch {
    // A line too many is nothing beside a log that cannot be read.
    return true
  }
}
