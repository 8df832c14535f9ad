import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { EnvironmentError } from '../environment-error.ts'

export interface LockOptions {
  /** A Python program: Node has no `flock`. */
  readonly python: string
  readonly signal?: AbortSignal | undefined
  /** Called once when somebody else holds the lock. */
  readonly onWait?: () => void
}

/** Says `waiting` when the lock is taken, `held` once it has it, and keeps it until its input ends. */
const holder = `
import fcntl, sys
lock = open(sys.argv[1], 'a')
try:
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
except OSError:
    print('waiting', flush=True)
    fcntl.flock(lock, fcntl.LOCK_EX)
print('held', flush=True)
sys.stdin.read()
`

/**
 * Runs `action` while holding the lock file at `path`, which is made when missing and never removed. The kernel frees
 * the lock when this process ends in whatever way. Excludes askers of this and of other processes alike.
 */
export async function withLock<T>(path: string, options: LockOptions, action: () => Promise<T>): Promise<T> {
  await mkdir(dirname(path), { recursive: true })
  const child = spawn(options.python, ['-I', '-S', '-c', holder, path], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>((resolve) =>
    child.once('exit', () => resolve()).once('error', () => resolve()),
  )
  const giveUp = () => child.kill('SIGKILL')
  options.signal?.addEventListener('abort', giveUp, { once: true })
  try {
    if (!(await isHeld(child, options.onWait))) {
      options.signal?.throwIfAborted()
      throw new EnvironmentError(`${path} cannot be locked with ${options.python}`)
    }
    return await action()
  } finally {
    options.signal?.removeEventListener('abort', giveUp)
    child.stdin.destroy()
    await ended
  }
}

function isHeld(
  child: ChildProcessByStdio<Writable, Readable, null>,
  onWait: (() => void) | undefined,
): Promise<boolean> {
  return new Promise((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line === 'held') resolve(true)
      if (line === 'waiting') onWait?.()
    })
    child.once('error', () => resolve(false)).once('exit', () => resolve(false))
  })
}
