import { execFile } from 'node:child_process'
import { constants, openSync } from 'node:fs'
import { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { hasCode } from '../../error-code.ts'

const run = promisify(execFile)

/** Makes a named pipe. Node itself cannot. Throws Error. */
export async function makeFifo(path: string): Promise<void> {
  await run('mkfifo', ['-m', '666', path])
}

/** The writing end of a named pipe that somebody reads. */
export interface FifoWriter {
  /** For who writes by other ways, while no `write` is under way. */
  readonly descriptor: number
  /** Resolves when the bytes are in the pipe: false when the reader has closed it. */
  write(bytes: Uint8Array): Promise<boolean>
  /** The reader sees the end after what is in the pipe. */
  end(): Promise<void>
  /** Closes at once. */
  close(): void
}

const soonMilliseconds = 5
const laterMilliseconds = 25

/**
 * Waits until somebody opens the pipe for reading. A blocking open would hold one of Node's few threads for as long, so
 * it is tried again and again: often at first, since the next epoch is mostly read at once.
 * Rejects when the signal fires.
 */
export async function openFifo(path: string, signal: AbortSignal): Promise<FifoWriter> {
  const start = Date.now()
  for (;;) {
    signal.throwIfAborted()
    const descriptor = tryOpen(path)
    if (descriptor !== undefined) return writerOn(descriptor)
    const pause = Date.now() - start < 1000 ? soonMilliseconds : laterMilliseconds
    // The signal's own reason is told above.
    await delay(pause, undefined, { signal }).catch(() => {})
  }
}

/** Undefined while nobody reads. */
function tryOpen(path: string): number | undefined {
  try {
    return openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)
  } catch (error) {
    if (hasCode(error, 'ENXIO')) return undefined
    throw error
  }
}

function writerOn(fd: number): FifoWriter {
  const socket = new Socket({ fd, readable: false, writable: true })
  let failure: Error | undefined
  socket.on('error', (error) => {
    failure = error
  })
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  return {
    descriptor: fd,
    write: (bytes) =>
      new Promise((resolve, reject) => {
        if (failure !== undefined || socket.destroyed) resolve(false)
        else
          socket.write(bytes, (error) => {
            if (!error) resolve(true)
            else if (hasCode(error, 'EPIPE')) resolve(false)
            else reject(error)
          })
      }),
    async end() {
      socket.end()
      if (socket.destroyed) return
      await new Promise<void>((resolve) => {
        socket.once('finish', resolve)
        socket.once('close', () => resolve())
      })
      socket.destroy()
      await closed
    },
    close: () => void socket.destroy(),
  }
}
