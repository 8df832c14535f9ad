import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { guardGroup } from './watchdog.ts'

export interface ProgramOptions {
  readonly program: string
  readonly args: readonly string[]
  readonly directory: string
  readonly environment: Readonly<Record<string, string>>
  /** Gets stdout and stderr: a descriptor, which outlives this process, or a function, which sees the bytes first. */
  readonly output: number | ((bytes: Uint8Array) => void)
}

/** How a program ended: 128 + n for signal n. */
export interface ProgramEnd {
  readonly exitCode: number
}

export interface RunningProgram {
  readonly pid: number
  /** Resolves when the program has exited and what it left of its group is killed. Never rejects. */
  readonly ended: Promise<ProgramEnd>
  /** SIGTERM to the group now, SIGKILL after the grace. Calling it again changes nothing. */
  stop(graceSeconds: number): void
}

/** A program that could not be started: not there, not executable, arguments too long. */
export class StartError extends Error {}

/**
 * Starts a program in a process group of its own. The whole group dies with the program, and with the agent however
 * that ends (see watchdog.ts). Throws StartError.
 */
export async function startProgram(options: ProgramOptions): Promise<RunningProgram> {
  const child = await spawned(options)
  const pid = child.pid ?? 0
  const guard = guardGroup(pid)
  let stopping: NodeJS.Timeout | undefined
  const ended = exitOf(child).then((end) => {
    clearTimeout(stopping)
    signalGroup(pid, 'SIGKILL')
    guard.release()
    return end
  })
  return {
    pid,
    ended,
    stop(graceSeconds) {
      if (stopping !== undefined || child.exitCode !== null || child.signalCode !== null) return
      signalGroup(pid, 'SIGTERM')
      stopping = setTimeout(() => signalGroup(pid, 'SIGKILL'), graceSeconds * 1000)
    },
  }
}

async function spawned(options: ProgramOptions): Promise<ChildProcess> {
  try {
    const { output } = options
    const stdio = typeof output === 'number' ? output : 'pipe'
    const child = spawn(options.program, options.args, {
      cwd: options.directory,
      env: { ...options.environment },
      detached: true,
      stdio: ['ignore', stdio, stdio],
    })
    if (typeof output === 'function')
      for (const stream of [child.stdout, child.stderr]) stream?.on('data', output)
    await once(child, 'spawn')
    return child
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    throw new StartError(`${options.program} could not be started: ${detail}`, { cause: error })
  }
}

function exitOf(child: ChildProcess): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    const end = (code: number | null, signal: NodeJS.Signals | null): void => {
      resolve({ exitCode: code ?? 128 + (signal === null ? 0 : constants.signals[signal]) })
    }
    if (child.exitCode !== null || child.signalCode !== null) end(child.exitCode, child.signalCode)
    // With pipes, their last bytes come after the exit.
    else child.once(child.stdout === null ? 'exit' : 'close', end)
  })
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch {
    // The group is gone already.
  }
}
