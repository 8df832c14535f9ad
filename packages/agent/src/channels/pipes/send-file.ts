import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'

export interface Sender {
  /** A Python 3: Node itself cannot ask the kernel for this. */
  readonly python: string
  readonly signal: AbortSignal
}

/**
 * Has the kernel pass a file's pages into a pipe, without a copy of its bytes. Gives how many bytes went in, in order from the
 * file's begin: fewer than it has, 0 at worst, when the reader has gone, the file or Python cannot be had, or the kernel does
 * not do it. Rejects when the signal fires.
 */
export async function sendFile(pipe: number, path: string, { python, signal }: Sender): Promise<number> {
  const child = spawn(python, ['-I', '-S', '-c', program, path], {
    stdio: ['ignore', 'pipe', 'ignore', pipe],
    signal,
  })
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve())
    child.once('error', () => resolve())
  })
  const output = child.stdout === null ? '' : text(child.stdout).catch(() => '')
  const [printed] = await Promise.all([output, ended])
  signal.throwIfAborted()
  return Number.parseInt(printed, 10) || 0
}

/**
 * The pipe is descriptor 3, which does not wait, as Node wants it. It is opened anew, so that the kernel waits for room in
 * it; without waiting at first, in case the reader has gone. 1031 is F_SETPIPE_SZ.
 */
const program = `
import contextlib, fcntl, os, sys
sent = 0
with contextlib.suppress(OSError):
    pipe = os.open("/proc/self/fd/3", os.O_WRONLY | os.O_NONBLOCK)
    os.close(3)
    os.set_blocking(pipe, True)
    with contextlib.suppress(OSError):
        fcntl.fcntl(pipe, 1031, 1 << 20)
    source = os.open(sys.argv[1], os.O_RDONLY)
    while count := os.sendfile(pipe, source, None, 1 << 20):
        sent += count
print(sent)
`
