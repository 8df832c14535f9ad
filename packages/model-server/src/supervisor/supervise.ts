import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { afterCrash } from './crash-policy.ts'
import { crashReason, OutputTail, type ProcessEnd } from './crash-reason.ts'
import type { ReadyMessage } from './supervised.ts'

export interface SupervisorOptions {
  /** Of the program that serves; it says when it is ready, by `tellSupervisor`. */
  readonly main: string
  readonly args: readonly string[]
  readonly log: (line: string) => void
}

const signals = ['SIGTERM', 'SIGINT'] as const

/**
 * Runs the program until it ends by itself or a signal ends it, and resolves with the exit code that is to be this
 * process's own. A program that crashes after it was ready is started again, on the ports that it had.
 */
export async function supervise({ main, args, log }: SupervisorOptions): Promise<number> {
  const stopping = new AbortController()
  let child: ServingProcess | undefined
  const stop = (signal: NodeJS.Signals): void => {
    stopping.abort()
    child?.process.kill(signal)
  }
  for (const signal of signals) process.on(signal, stop)
  try {
    child = startProcess(main, args)
    for (let crashes = 0; ; ) {
      const { end, ready, servedSeconds, lastOutput } = await child.ended
      // Before it is ready a signal may find it without a handler: it has nothing to bring to an end.
      if (stopping.signal.aborted && !ready && signals.some((signal) => signal === end.signal)) return 0
      if (stopping.signal.aborted || end.code === 0) return exitCodeOf(end)
      const isStart = crashes === 0 && ready === undefined
      // What says why by itself, and was never ready, needs no second account.
      if (isStart && end.code !== null) return end.code
      const reason = `the serving process ended with ${crashReason(end, lastOutput)}`
      const next = isStart ? { givesUp: 'it was never ready' } : afterCrash(crashes, servedSeconds)
      if ('givesUp' in next) {
        log(`error: ${reason}; ${next.givesUp}`)
        return exitCodeOf(end)
      }
      const { restartAfterSeconds } = next
      crashes = next.crashes
      log(`${reason}; it is started again${restartAfterSeconds > 0 ? ` in ${restartAfterSeconds} s` : ''}`)
      await delay(restartAfterSeconds * 1000, undefined, { signal: stopping.signal }).catch(() => undefined)
      if (stopping.signal.aborted) return 0
      child = startProcess(main, ready ? [...args, ...ready.portFlags] : child.args)
    }
  } finally {
    for (const signal of signals) process.off(signal, stop)
  }
}

interface Ended {
  readonly end: ProcessEnd
  /** Undefined where it was never ready. */
  readonly ready: ReadyMessage | undefined
  readonly servedSeconds: number
  readonly lastOutput: string
}

interface ServingProcess {
  readonly process: ChildProcess
  readonly args: readonly string[]
  readonly ended: Promise<Ended>
}

/**
 * MB of garbage that may gather before Node looks for it, bodies included: a small heap would have it looked for every
 * 10 MB, which took a quarter of a server's processor time with bodies of 0.4 MB.
 */
const heapOptions = ['--initial-heap-size=128']

/** In a session of its own: what a terminal sends to all its processes reaches it once, from here. */
function startProcess(main: string, args: readonly string[]): ServingProcess {
  const child = fork(main, ['supervised', ...args], {
    detached: true,
    execArgv: [...process.execArgv, ...heapOptions],
    stdio: ['inherit', 'inherit', 'pipe', 'ipc'],
  })
  return { process: child, args, ended: endOf(child) }
}

async function endOf(child: ChildProcess): Promise<Ended> {
  const tail = new OutputTail()
  let ready: ReadyMessage | undefined
  let readyMillis = Number.POSITIVE_INFINITY
  child.on('message', (message: ReadyMessage) => {
    ready = message
    readyMillis = performance.now()
  })
  child.stderr?.on('data', (chunk: Buffer) => {
    tail.add(chunk)
    process.stderr.write(chunk)
  })
  const closed = once(child, 'close')
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
  // Its last words come through the pipe; whoever else holds the pipe is not waited for.
  await Promise.race([closed, delay(100)])
  const servedSeconds = Math.max(performance.now() - readyMillis, 0) / 1000
  return { end: { code, signal }, ready, servedSeconds, lastOutput: tail.text }
}

/** A shell's way to tell of a signal. */
const exitCodeOf = ({ code, signal }: ProcessEnd): number =>
  code ?? 128 + (signal === null ? 0 : constants.signals[signal])
