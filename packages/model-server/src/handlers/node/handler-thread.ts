import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { FaceResponse } from '../../faces/http.ts'
import { logLines } from './log-lines.ts'
import {
  type Batch,
  type FromThread,
  type HandlerStyle,
  nothingMore,
  type ThreadData,
  type ToThread,
  writeContext,
} from './messages.ts'
import { BodyPacker, isMovable, type PackedBody } from './packed-bodies.ts'
import { newReplyRing, type Reply, readReplies } from './reply-ring.ts'
import type { Step, StepEnd } from './step.ts'

export interface HandlerThreadOptions {
  /** The program that runs in the thread. */
  readonly program: URL
  readonly script: string
  readonly packages: string | undefined
  /** Default: those of this process. */
  readonly variables: Readonly<Record<string, string | undefined>> | undefined
  /** Of JavaScript's memory; a thread that needs more ends. */
  readonly heapMegabytes: number
  readonly log: (line: string) => void
}

/** Replies that are larger come as messages. */
const ringBytes = 1024 * 1024

interface Sent {
  readonly step: Step
  readonly sentAt: number
  /** Its body is in the thread, and nowhere else. */
  readonly isMoved: boolean
  begunAt?: number
}

/** One thread with user code in it, and the steps that were given to it. */
export class HandlerThread implements AsyncDisposable {
  /** Resolves when the code can take requests; rejects with the reason why it never will. */
  readonly ready: Promise<HandlerStyle>
  /** Resolves with the reason when the thread is no more. */
  readonly ended: Promise<string>
  private readonly worker: Worker
  private readonly begun = new Int32Array(new SharedArrayBuffer(4))
  private readonly replies = newReplyRing(ringBytes)
  private readonly sent = new Map<number, Sent>()
  private stepCount = 0
  private outbox: ToThread[] = []
  private packer = new BodyPacker()
  private failure: string | undefined

  constructor(options: HandlerThreadOptions) {
    const { program, script, packages, variables, heapMegabytes, log } = options
    const workerData: ThreadData = { script, packages, begun: this.begun, replies: this.replies }
    this.worker = new Worker(program, {
      workerData,
      ...(variables && {
        env: { ...variables, ...(packages && { NODE_PATH: join(packages, 'node_modules') }) },
      }),
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: heapMegabytes },
    })
    logLines(this.worker.stdout, log)
    logLines(this.worker.stderr, log)
    this.worker.on('error', (error) => {
      this.failure = describeEnd(error)
      log(this.failure)
    })
    this.ended = new Promise((resolve) => {
      this.worker.once('exit', (code) => resolve(this.failure ?? describeExit(code)))
    })
    this.ready = new Promise((resolve, reject) => {
      this.worker.on('message', (message: FromThread) => {
        if (message.kind === 'wake') this.takeReplies()
        else if (message.kind === 'reply') this.take(message.reply)
        else if (message.kind === 'ready') resolve(message.style)
        else reject(new Error(message.reason))
      })
      void this.ended.then((reason) => reject(new Error(reason)))
    })
  }

  get stepsUnderWay(): number {
    return this.sent.size
  }

  send(step: Step, now: number): void {
    const { given } = step
    const number = ++this.stepCount
    const whole = given.kind === 'request' ? given.body : given.response.body
    // What waits behind other steps is copied, because it may have to be taken back.
    const isMoved = isMovable(whole) && Atomics.load(this.begun, 0) === number - 1
    const body = isMoved ? this.packer.move(whole) : this.packer.add(whole)
    this.sent.set(number, { step, sentAt: now, isMoved })
    this.post(this.message(number, step, body))
  }

  /** No output will follow that input. */
  forget(input: number): void {
    this.post({ kind: 'forget', input })
  }

  /** What has not begun, longest waiting first. The thread ends what it has begun and begins nothing more. */
  withdraw(): readonly Step[] {
    this.takeReplies()
    const waiting = this.notBegun(Atomics.exchange(this.begun, 0, nothingMore))
    const withdrawn = waiting.filter(([, { isMoved }]) => !isMoved)
    for (const [number] of withdrawn) this.sent.delete(number)
    return withdrawn.map(([, { step }]) => step)
  }

  /** Settles all that is under way. */
  settleAll(end: StepEnd): void {
    for (const { step } of this.sent.values()) step.settle(end)
    this.sent.clear()
  }

  /** When the longest waiting of the steps that have not begun was sent. */
  waitingSince(): number | undefined {
    const [first] = this.notBegun(Atomics.load(this.begun, 0))
    return first?.[1].sentAt
  }

  /** Settles every step that `lateness` finds late, by how long it has run, and tells whether there was one. */
  expire(now: number, lateness: (step: Step, runMillis: number) => StepEnd | undefined): boolean {
    const count = Atomics.load(this.begun, 0)
    let isAnyLate = false
    for (const [number, sent] of this.sent) {
      // Known only to within the time between two looks, in the function's favour.
      if (count === nothingMore || number <= count) sent.begunAt ??= now
      const end = lateness(sent.step, now - (sent.begunAt ?? now))
      if (!end) continue
      isAnyLate = true
      this.sent.delete(number)
      sent.step.settle(end)
    }
    return isAnyLate
  }

  /** At once, whatever it is doing. */
  async end(reason: string): Promise<void> {
    this.failure ??= reason
    await this.worker.terminate()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('ended with the server')
  }

  private notBegun(count: number): [number, Sent][] {
    if (count === nothingMore || count === this.stepCount) return []
    return [...this.sent].filter(([number]) => number > count)
  }

  private message(step: number, { given, context }: Step, body: PackedBody): ToThread {
    if (given.kind === 'request') return { kind: 'request', step, body, context: writeContext(context) }
    const { status, headers } = given.response
    const isKept = given.input?.thread === this
    return {
      kind: 'output',
      step,
      response: { status, headers, body },
      context: isKept && given.input ? { input: given.input.step } : writeContext(context),
    }
  }

  /** Sends together what one turn of the event loop has for the thread. */
  private post(message: ToThread): void {
    this.outbox.push(message)
    if (this.outbox.length > 1) return
    setImmediate(() => {
      const { block, moved } = this.packer.finish()
      const batch: Batch = { items: this.outbox, block }
      this.outbox = []
      this.packer = new BodyPacker()
      this.worker.postMessage(batch, [...moved])
    })
  }

  private takeReplies(): void {
    for (const reply of readReplies(this.replies)) this.take(reply)
  }

  /** A step that was given up has nobody to tell. */
  private take({ kind, step, number, text, body }: Reply): void {
    const sent = this.sent.get(step)
    if (kind === 'ask') {
      if (sent) this.answerAsk(sent.step, number, body)
      return
    }
    this.sent.delete(step)
    if (!sent) {
      if (kind === 'input') this.forget(step)
    } else if (kind === 'input') sent.step.settle({ kind, body, input: { thread: this, step } })
    else if (kind === 'answer') sent.step.settle({ kind, body, contentType: text })
    else sent.step.settle({ kind, message: text, statusCode: number || undefined })
  }

  private answerAsk({ callModel }: Step, ask: number, asked: Uint8Array): void {
    void callModel(asked).then(({ status, headers, body }: FaceResponse) => {
      const packed = isMovable(body) ? this.packer.move(body) : this.packer.add(body)
      this.post({ kind: 'told', ask, response: { status, headers, body: packed } })
    })
  }
}

/** Node's own code for a module whose top-level await leads nowhere is 13. */
const describeExit = (code: number): string =>
  code === 13 ? 'ended because a top-level await never settles' : `ended by process.exit(${code})`

function describeEnd(error: Error & { readonly code?: string }): string {
  if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') return 'ended because it ran out of memory'
  return `ended by an error: ${error.message}`
}
