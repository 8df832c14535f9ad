import { setTimeout as delay } from 'node:timers/promises'
import { type FaceResponse, jsonResponse } from '../../../faces/http.ts'
import { type UserCode, type UserCodeCall, UserCodeError } from '../../user-code.ts'
import { endAnswer, endText } from './answers.ts'
import type { Job } from './job.ts'
import { Worker, type WorkerEnd, type WorkerOptions } from './worker.ts'

export interface WorkerTeamOptions extends WorkerOptions {
  readonly workers: number
  readonly answerSeconds: number
  readonly log: (line: string) => void
  /** Gives up starting. */
  readonly signal: AbortSignal
}

/** Requests that one worker is given at a time; more wait here, where they are safe from what happens to it. */
const loadLimit = 128
const waitingLimit = 8192
const restartMillis = [0, 500, 1_000, 2_000, 5_000, 10_000, 30_000]

/** Several workers, each started again when it ends. Throws UserCodeError when the first is unfit. */
export async function startWorkerTeam(options: WorkerTeamOptions): Promise<UserCode> {
  const { signal } = options
  const team = new WorkerTeam(options)
  const stop = (): void => team.fail(new UserCodeError('stopped while inference.py was starting'))
  signal.addEventListener('abort', stop)
  try {
    if (signal.aborted) stop()
    await team.ready
    return team
  } catch (error) {
    await team[Symbol.asyncDispose]()
    throw error
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

class WorkerTeam implements UserCode {
  private readonly members = new Set<Worker>()
  private readonly ends = new Set<Promise<void>>()
  private readonly closing = new AbortController()
  private readonly options: WorkerTeamOptions
  private waiting: Job[] = []
  private failures = 0
  private nextId = 1
  private hasBeenReady = false
  private succeed: () => void = () => undefined
  fail: (error: Error) => void = () => undefined
  readonly ready: Promise<void>

  constructor(options: WorkerTeamOptions) {
    this.options = options
    this.ready = new Promise<void>((resolve, reject) => {
      this.succeed = resolve
      this.fail = reject
    })
    for (let index = 0; index < options.workers; index++) this.startWorker()
  }

  answer(call: UserCodeCall): Promise<FaceResponse> {
    const { answerSeconds, rules } = this.options
    return new Promise((resolve) => {
      let isSettled = false
      const settle = (answer: FaceResponse): void => {
        if (isSettled) return
        isSettled = true
        clearTimeout(late)
        resolve(answer)
      }
      const late = setTimeout(
        () => settle(endAnswer({ kind: 'answer too slow', seconds: answerSeconds }, rules)),
        answerSeconds * 1000,
      )
      const id = this.nextId++ % 2 ** 32 || this.nextId++
      if (this.waiting.length >= waitingLimit) settle(refusal('Too many requests are waiting'))
      this.waiting.push({
        ...{ id, call, settle, isSettled: () => isSettled },
        ...{ attempt: 0, unexplainedEnds: 0, isAtModel: false, isSuspect: false },
      })
      this.dispatch()
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.closing.abort()
    for (const job of this.waiting.splice(0)) job.settle(refusal('The server is shutting down'))
    for (const member of this.members) member.finish()
    await Promise.all(this.ends)
  }

  private startWorker(): void {
    let end = (): void => undefined
    const ended = new Promise<void>((resolve) => {
      end = resolve
    })
    this.ends.add(ended)
    const worker = new Worker(this.options, {
      onReady: () => {
        this.hasBeenReady = true
        this.failures = 0
        this.succeed()
        this.dispatch()
      },
      onFree: () => this.dispatch(),
      onRetired: (residentBytes) => {
        const mebibytes = Math.round(residentBytes / 2 ** 20)
        this.options.log(`inference.py holds ${mebibytes} MiB of memory; its process is replaced`)
        this.startWorker()
      },
      onEnd: (facts) => {
        this.members.delete(worker)
        this.ends.delete(ended)
        end()
        this.onEnd(facts)
      },
    })
    this.members.add(worker)
  }

  private onEnd({ how, reason, wasReady, isRetired, hasHung, verdict }: WorkerEnd): void {
    const { rules, handlerSeconds, log } = this.options
    const lost = hasHung
      ? ({ kind: 'handler too slow', seconds: handlerSeconds } as const)
      : ({ kind: 'worker lost', how } as const)
    for (const job of verdict.guilty) job.settle(endAnswer(lost, rules))
    if (this.closing.signal.aborted) {
      for (const job of verdict.again) job.settle(refusal('The server is shutting down'))
      return
    }
    this.waiting = [...verdict.again, ...this.waiting]
    if (isRetired) {
      this.dispatch()
      return
    }
    const words = reason ?? `the process ${how} while it was imported`
    if (!this.hasBeenReady) {
      this.fail(new UserCodeError(`inference.py cannot be used: ${words}`))
      return
    }
    log(wasReady ? `${endText(lost)}; it is started again` : `inference.py cannot be started again: ${words}`)
    this.failures += wasReady ? 0 : 1
    if (!wasReady) this.failWaiting(words)
    this.restart()
  }

  /** Nobody is there who could take them, and nobody knows when there will be. */
  private failWaiting(words: string): void {
    if ([...this.members].some(({ isReady }) => isReady)) return
    const end = { kind: 'worker lost', how: `cannot be started again: ${words}` } as const
    for (const job of this.waiting.splice(0)) job.settle(endAnswer(end, this.options.rules))
  }

  private restart(): void {
    const { signal } = this.closing
    const pause = restartMillis[Math.min(this.failures, restartMillis.length - 1)]
    const begin = (): void => {
      if (!signal.aborted) this.startWorker()
    }
    delay(pause, undefined, { signal }).then(begin, () => undefined)
  }

  private dispatch(): void {
    for (;;) {
      const [job] = this.waiting
      if (job === undefined) return
      if (!isWanted(job)) {
        this.waiting.shift()
        continue
      }
      const worker = this.workerFor(job)
      if (worker === undefined) return
      this.waiting.shift()
      worker.give(job)
    }
  }

  private workerFor({ isSuspect }: Job): Worker | undefined {
    let best: Worker | undefined
    for (const worker of this.members) {
      const isFit = isSuspect ? worker.load === 0 : worker.load < loadLimit && !worker.hasSuspect
      if (worker.isReady && isFit && (best === undefined || worker.load < best.load)) best = worker
    }
    return best
  }
}

function isWanted(job: Job): boolean {
  if (job.isSettled()) return false
  if (!job.call.request.isAbandoned()) return true
  job.settle(refusal('The client went away'))
  return false
}

const refusal = (message: string): FaceResponse => jsonResponse(503, JSON.stringify({ error: message }))
