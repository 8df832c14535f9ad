import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { hostFiles } from '../host-files.ts'

/**
 * The host's `output.log`. Programs get its descriptor as stdout and stderr, so what they print is in the
 * file though the agent dies; opened for appending, every writer's lines stay whole.
 */
export interface OutputLog extends Disposable {
  readonly descriptor: number
  /** Adds a line, or several. Never throws: a full disk must not end the job through its log. */
  line(text: string): void
  /** Adds bytes as they are. */
  write(bytes: Uint8Array): void
}

export function openOutputLog(directory: string): OutputLog {
  const path = join(directory, hostFiles.output)
  mkdirSync(dirname(path), { recursive: true })
  const descriptor = openSync(path, 'a', 0o600)
  const write = (bytes: Uint8Array): void => {
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done)
    } catch {
      // There is nowhere left to say it.
    }
  }
  return {
    descriptor,
    line: (text) => write(Buffer.from(`${text}\n`)),
    write,
    [Symbol.dispose]: () => closeSync(descriptor),
  }
}
