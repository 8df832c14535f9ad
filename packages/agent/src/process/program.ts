import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, constants, stat } from 'node:fs/promises'
import { constants as system } from 'node:os'
import { Writable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import type { Fence } from './fence/fence.ts'
import { guardGroup } from './watchdog.ts'

export interface ProgramOptions {
  /** Absolute path. */
  readonly program: string
  readonly args: readonly string[]
  readonly directory: string
  /** Names that no shell takes are lost on the way; see shell-variables.ts. */
  readonly environment: Readonly<Record<string, string>>
  /**
   * Gets stdout and stderr: a descriptor, which outlives this process, or a function, which sees the bytes
   * first.
   */
  readonly output: number | ((bytes: Uint8Array) => void)
  /** What the program is held in. */
  readonly fence?: Pick<Fence, 'admit'>
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
 * Starts a program in a process group of its own. The whole group dies with the program, and with the agent
 * however that ends: the program waits at a gate until its guard (see watchdog.ts) stands. Throws StartError.
 */
export async function startProgram(options: ProgramOptions): Promise<RunningProgram> {
  const child = await atGate(options)
  const pid = child.pid ?? 0
  const guard = await guardGroup(pid)
  await options.fence?.admit(pid)
  openGate(child)
  let stopping: NodeJS.Timeout | undefined
  const ended = exitOf(child).then(async (end) => {
    clearTimeout(stopping)
    signalGroup(pid, 'SIGKILL')
    guard.release()
    await lastBytes(child)
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

/** Becomes the program once a line comes through the gate; ends when the agent does before. */
const gate = 'read -r open <&3 || exit 125; exec "$@" 3<&-'

async function atGate({
  program,
  args,
  directory,
  environment,
  output,
}: ProgramOptions): Promise<ChildProcess> {
  try {
    await access(program, constants.X_OK)
    if (!(await stat(program)).isFile()) throw new Error(`${program} is no file`)
    const stdio = typeof output === 'number' ? output : 'pipe'
    const child = spawn('/bin/sh', ['-c', gate, 'sh', program, ...args], {
      cwd: directory,
      env: { ...environment },
      detached: true,
      stdio: ['ignore', stdio, stdio, 'pipe'],
    })
    if (typeof output === 'function')
      for (const stream of [child.stdout, child.stderr]) stream?.on('data', output)
    await once(child, 'spawn')
    return child
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    throw new StartError(`${program} could not be started: ${detail}`, { cause: error })
  }
}

function openGate(child: ChildProcess): void {
  const stream = child.stdio[3]
  if (!(stream instanceof Writable)) return
  // A program that was killed at its gate has closed it.
  stream.on('error', () => {})
  stream.end('open\n')
}

function exitOf(child: ChildProcess): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    const end = (code: number | null, signal: NodeJS.Signals | null): void => {
      resolve({ exitCode: code ?? 128 + (signal === null ? 0 : system.signals[signal]) })
    }
    if (child.exitCode !== null || child.signalCode !== null) end(child.exitCode, child.signalCode)
    else child.once('exit', end)
  })
}

/** Reads what is still in the pipes; not for long, since whoever left the group may hold them open. */
async function lastBytes(child: ChildProcess): Promise<void> {
  const streams = [child.stdout, child.stderr].filter((stream) => stream !== null)
  const closed = streams.filter((stream) => !stream.closed).map((stream) => once(stream, 'close'))
  if (closed.length > 0) await Promise.race([Promise.allSettled(closed), delay(1_000)])
  for (const stream of streams) stream.destroy()
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch {
    // The group is gone already.
  }
}
