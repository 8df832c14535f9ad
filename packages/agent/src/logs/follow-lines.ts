import { type FileHandle, open } from 'node:fs/promises'
import { lineSplitter } from './line-splitter.ts'

export interface FollowOptions {
  readonly path: string
  /** A longer line goes on in the next one. */
  readonly lineLimitBytes: number
  /** How much is read at once. */
  readonly chunkBytes: number
  /** Aborted when nothing more is written: what is there is read to its end. */
  readonly ended: AbortSignal
}

const quickMilliseconds = 100
const idleMilliseconds = 1_000

/**
 * The lines of a file as they are written, some at once, until it is at its end after `ended`. What is not asked for
 * stays in the file. Throws the system's errors.
 */
export async function* followLines(options: FollowOptions): AsyncGenerator<string[]> {
  await using file = await open(options.path, 'r')
  const splitter = lineSplitter(options.lineLimitBytes)
  const buffer = Buffer.alloc(options.chunkBytes)
  let pauseMilliseconds = quickMilliseconds
  for (;;) {
    const last = options.ended.aborted
    const bytes = await readNext(file, buffer)
    if (bytes !== undefined) {
      pauseMilliseconds = quickMilliseconds
      yield splitter.push(bytes)
    } else if (last) break
    else {
      await pauseUntil(options.ended, pauseMilliseconds)
      pauseMilliseconds = Math.min(pauseMilliseconds * 2, idleMilliseconds)
    }
  }
  yield splitter.end()
}

/** The bytes after those read before; undefined at the end. */
async function readNext(file: FileHandle, buffer: Buffer): Promise<Uint8Array | undefined> {
  const { bytesRead } = await file.read(buffer, 0, buffer.length, null)
  return bytesRead === 0 ? undefined : buffer.subarray(0, bytesRead)
}

function pauseUntil(ended: AbortSignal, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    if (ended.aborted) return resolve()
    const done = (): void => {
      clearTimeout(timer)
      ended.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    ended.addEventListener('abort', done)
  })
}
