import { performance } from 'node:perf_hooks'
import { falconError } from '../../../faces/falcon-error.ts'
import type { FaceResponse } from '../../../faces/http.ts'
import type { ContainerRules } from '../../../formats/container-rules.ts'
import type { HandlerContext } from '../../user-code.ts'
import { endAnswer, errorAnswer, raisedAnswer, resultAnswer } from './answers.ts'
import { type Frame, frameKinds } from './frames.ts'
import { HangWatch } from './hang-watch.ts'
import { type Job, type Verdict, verdictOn } from './job.ts'
import { hasLeaked } from './memory-growth.ts'
import { WorkerProcess, type WorkerProcessOptions } from './worker-process.ts'

export interface WorkerOptions extends Pick<WorkerProcessOptions, 'program' | 'directory' | 'settings'> {
  readonly rules: ContainerRules
  readonly handlerSeconds: number
  /** A worker that has grown beyond it is replaced, after the requests that it has. */
  readonly memoryLimitBytes: number
}

export interface WorkerEvents {
  /** The script is imported. */
  readonly onReady: () => void
  /** A request has its answer, or has gone to the model. */
  readonly onFree: () => void
  /** It takes no more requests, and ends after those that it has. */
  readonly onRetired: (residentBytes: number) => void
  /** Once; the worker is of no more use. `reason` says why the script cannot be used, where the worker said so. */
  readonly onEnd: (end: WorkerEnd) => void
}

export interface WorkerEnd {
  readonly how: string
  readonly reason: string | undefined
  readonly wasReady: boolean
  /** It was meant to. */
  readonly isRetired: boolean
  readonly hasHung: boolean
  readonly verdict: Verdict
}

/** How long a worker may be silent, with requests waiting, until it gets another thread. */
const patienceMillis = 5
const noBody = new Uint8Array(0)

/** One Python process with the requests that it has. */
export class Worker {
  private readonly process: WorkerProcess
  private readonly jobs = new Map<number, Job>()
  private readonly options: WorkerOptions
  private readonly events: WorkerEvents
  private readonly watch: HangWatch
  private readonly hung = new Set<number>()
  private readonly watchTimer: NodeJS.Timeout
  private handTimer: NodeJS.Timeout | undefined
  private lastFrameMillis = 0
  private reason: string | undefined
  private bytesAtStart: number | undefined
  private isRetired = false
  private wasReady = false

  constructor(options: WorkerOptions, events: WorkerEvents) {
    this.options = options
    this.events = events
    const limitMillis = options.handlerSeconds * 1000
    this.watch = new HangWatch(limitMillis)
    const look = (): void => {
      this.endIfHung()
      this.retireIfLarge()
    }
    this.watchTimer = setInterval(look, Math.min(1000, Math.max(50, limitMillis / 10)))
    this.watchTimer.unref()
    this.process = new WorkerProcess({
      ...options,
      onFrame: (frame) => this.take(frame),
      onEnd: (how) => this.end(how),
    })
  }

  /** Requests that it has taken, those at the model included. */
  get load(): number {
    return this.jobs.size
  }

  get isReady(): boolean {
    return this.wasReady && !this.isRetired
  }

  get hasSuspect(): boolean {
    for (const { isSuspect } of this.jobs.values()) if (isSuspect) return true
    return false
  }

  give(job: Job): void {
    job.attempt += 1
    job.isAtModel = false
    this.jobs.set(job.id, job)
    const { context, request } = job.call
    this.process.send({
      kind: frameKinds.request,
      id: job.id,
      meta: contextFields(context),
      body: request.body,
    })
    this.watchPatience()
  }

  /** Nobody waits for the job any longer. */
  forget(job: Job): void {
    if (!job.isAtModel) return
    this.jobs.delete(job.id)
    this.process.send({ kind: frameKinds.forget, id: job.id, meta: undefined, body: noBody })
    this.finishIfRetired()
  }

  /** Without a grace: for one that shall go at once. */
  kill(): void {
    this.process.kill()
  }

  finish(): void {
    this.process.finish()
  }

  private take(frame: Frame): void {
    this.lastFrameMillis = performance.now()
    if (frame.kind === frameKinds.ready) {
      this.wasReady = true
      this.bytesAtStart = this.process.residentBytes()
      this.events.onReady()
      return
    }
    if (frame.kind === frameKinds.unfit) {
      this.reason = String(frame.meta)
      return
    }
    const job = this.jobs.get(frame.id)
    if (job === undefined) return
    if (frame.kind === frameKinds.call) this.callModel(job, frame.body)
    else this.settle(job, this.answerOf(frame))
    this.events.onFree()
  }

  private answerOf({ kind, meta, body }: Frame): FaceResponse {
    const { rules } = this.options
    if (kind === frameKinds.result) return resultAnswer(meta, body)
    if (kind === frameKinds.error) return raisedAnswer(meta, body, rules)
    if (kind === frameKinds.ended)
      return endAnswer({ kind: 'worker lost', how: `was asked to end: ${meta}` }, rules)
    return errorAnswer('the handler process said what nobody understands')
  }

  private settle(job: Job, answer: FaceResponse): void {
    this.jobs.delete(job.id)
    job.settle(answer)
    this.finishIfRetired()
  }

  private finishIfRetired(): void {
    if (this.isRetired && this.jobs.size === 0) this.process.finish()
  }

  private callModel(job: Job, body: Uint8Array): void {
    job.isAtModel = true
    if (job.isSettled()) {
      this.forget(job)
      return
    }
    const { attempt } = job
    job.call.callModel(body).then((answer) => {
      const isOurs = this.jobs.get(job.id) === job && job.attempt === attempt
      if (isOurs) this.giveAnswer(job, answer)
    })
  }

  private giveAnswer(job: Job, answer: FaceResponse): void {
    if (this.options.rules.level === '2.20' && answer.status !== 200) {
      this.forget(job)
      job.settle(falconError(answer.status, Buffer.from(answer.body).toString()))
      return
    }
    job.isAtModel = false
    const meta = [answer.status, answer.headers]
    this.process.send({ kind: frameKinds.answer, id: job.id, meta, body: answer.body })
    this.watchPatience()
  }

  /** Asks for another thread as long as several requests wait and none is answered. */
  private watchPatience(): void {
    if (this.handTimer !== undefined || this.options.settings.hands === 1 || this.inHand() < 2) return
    this.lastFrameMillis = performance.now()
    this.handTimer = setInterval(() => {
      if (this.inHand() < 2) {
        clearInterval(this.handTimer)
        this.handTimer = undefined
      } else if (performance.now() - this.lastFrameMillis >= patienceMillis) this.process.addHand()
    }, patienceMillis)
  }

  private inHand(): number {
    let count = 0
    for (const { isAtModel } of this.jobs.values()) if (!isAtModel) count++
    return count
  }

  private endIfHung(): void {
    if (this.jobs.size === 0) return
    const overdue = this.watch.overdue(this.process.handlings(), performance.now())
    if (overdue.length === 0) return
    for (const id of overdue) this.hung.add(id)
    this.kill()
  }

  private retireIfLarge(): void {
    const now = this.process.residentBytes()
    const atStart = this.bytesAtStart
    if (!this.isReady || now === undefined || atStart === undefined) return
    if (!hasLeaked({ atStart, now }, this.options.memoryLimitBytes)) return
    this.isRetired = true
    this.events.onRetired(now)
    this.finishIfRetired()
  }

  private end(how: string): void {
    clearInterval(this.watchTimer)
    clearInterval(this.handTimer)
    const handled = new Set(this.process.handlings().map(({ id }) => id))
    const verdict = verdictOn(this.jobs.values(), { hung: this.hung, handled })
    this.jobs.clear()
    const { wasReady, isRetired, reason } = this
    this.wasReady = false
    this.events.onEnd({ how, reason, wasReady, isRetired, hasHung: this.hung.size > 0, verdict })
  }
}

/** In the order that worker.py reads them. */
const contextFields = (context: HandlerContext): unknown[] => [
  context.modelName ?? null,
  context.modelVersion ?? null,
  context.method ?? null,
  context.restUri,
  context.grpcPort,
  context.customAttributes ?? null,
  context.requestContentType,
  context.acceptHeader,
  context.contentLength ?? null,
]
