import { Worker } from 'node:worker_threads'
import type { DocumentRequest } from '../prediction/documents.ts'
import type { Servable } from '../servable.ts'
import { StatusError } from '../status.ts'
import type { Lane } from './lane.ts'
import type { FromWorker, ToWorker } from './messages.ts'

export interface WorkerPoolOptions {
  readonly workers: number
  /** Requests that may wait for a thread, and the bytes of their bodies; more are refused with UNAVAILABLE. */
  readonly waitingLimit: number
  readonly waitingBytesLimit: number
}

export interface WorkerPool extends Lane, AsyncDisposable {
  /** Lets every thread forget a servable that is about to be unloaded: no call for it may be under way or come. */
  detach(servable: Servable): void
}

interface Job {
  readonly servable: Servable
  readonly request: DocumentRequest
  readonly isAbandoned: () => boolean
  readonly askedMillis: number
  waitedMillis: number
  readonly resolve: (body: Uint8Array) => void
  readonly reject: (error: StatusError) => void
}

/**
 * Threads that share the loaded models, started when first needed, one request each at a time: TensorFlow's
 * throughput falls when more calls are under way than there are cores.
 */
export function createWorkerPool(options: WorkerPoolOptions): WorkerPool {
  const threads: Thread[] = []
  const waiting: Job[] = []
  let waitingBytes = 0
  let isClosed = false

  return {
    answer(servable, request, isAbandoned) {
      return new Promise((resolve, reject) => {
        const refusal = refuse(request)
        if (refusal) {
          reject(new StatusError('UNAVAILABLE', refusal))
          return
        }
        const askedMillis = performance.now()
        waiting.push({ servable, request, isAbandoned, askedMillis, waitedMillis: 0, resolve, reject })
        waitingBytes += request.body.length
        assign()
      })
    },
    detach(servable) {
      for (const thread of threads) thread.detach(servable)
    },
    async [Symbol.asyncDispose]() {
      isClosed = true
      for (const job of waiting.splice(0)) job.reject(new StatusError('UNAVAILABLE', shuttingDown))
      await Promise.all(threads.map((thread) => thread.close()))
    },
  }

  function refuse({ body }: DocumentRequest): string | undefined {
    if (isClosed) return shuttingDown
    const isFull = waiting.length >= options.waitingLimit
    const isLarge = waiting.length > 0 && waitingBytes + body.length > options.waitingBytesLimit
    return isFull || isLarge ? `Too many requests are waiting: ${waiting.length}` : undefined
  }

  function assign(): void {
    while (waiting.length > 0) {
      const thread = threads.find((one) => one.isIdle()) ?? start()
      const job = thread && waiting.shift()
      if (!thread || !job) return
      waitingBytes -= job.request.body.length
      if (job.isAbandoned()) job.reject(new StatusError('CANCELLED', 'The client went away'))
      else thread.run(job)
    }
  }

  function start(): Thread | undefined {
    if (isClosed || threads.length >= options.workers) return undefined
    const thread = new Thread({ onIdle: assign, onEnd: () => threads.splice(threads.indexOf(thread), 1) })
    threads.push(thread)
    return thread
  }
}

/** The body itself where its memory is all its own: whoever gave it has no more use of it. */
function movable(body: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = body
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength
    ? new Uint8Array(buffer)
    : new Uint8Array(body)
}

const shuttingDown = 'The server is shutting down'

interface ThreadEvents {
  readonly onIdle: () => void
  readonly onEnd: () => void
}

class Thread {
  private readonly worker = new Worker(new URL('./worker.js', import.meta.url))
  private readonly keys = new WeakMap<Servable, number>()
  private keysGiven = 0
  private job: Job | undefined
  /** Its body is given away when it begins. */
  private bodyBytes = 0

  constructor({ onIdle, onEnd }: ThreadEvents) {
    this.worker.on('message', (message: FromWorker) => {
      this.settle(message)
      onIdle()
    })
    this.worker.on('error', (cause) => {
      this.job?.reject(new StatusError('INTERNAL', 'Internal error', { cause }))
      this.job = undefined
    })
    this.worker.on('exit', () => {
      this.job?.reject(new StatusError('INTERNAL', 'Internal error'))
      onEnd()
      onIdle()
    })
    // An idle thread keeps no process alive.
    this.worker.unref()
  }

  isIdle(): boolean {
    return this.job === undefined
  }

  run(job: Job): void {
    this.job = job
    this.bodyBytes = job.request.body.length
    job.waitedMillis = performance.now() - job.askedMillis
    const key = this.keys.get(job.servable) ?? this.attach(job.servable)
    const body = movable(job.request.body)
    this.send({ kind: 'answer', key, request: { ...job.request, body } }, [body.buffer])
  }

  detach(servable: Servable): void {
    const key = this.keys.get(servable)
    if (key === undefined) return
    this.keys.delete(servable)
    this.send({ kind: 'detach', key }, [])
  }

  async close(): Promise<void> {
    await this.worker.terminate()
  }

  private attach(servable: Servable): number {
    const key = this.keysGiven++
    this.keys.set(servable, key)
    if (servable.shared) this.send({ kind: 'attach', key, shared: servable.shared }, [])
    return key
  }

  private send(message: ToWorker, moved: ArrayBuffer[]): void {
    this.worker.postMessage(message, moved)
  }

  private settle(message: FromWorker): void {
    const job = this.job
    this.job = undefined
    if (message.kind === 'error') {
      job?.reject(new StatusError(message.code, message.message))
      return
    }
    job?.servable.cost.observe(message.micros, this.bodyBytes)
    if (job && message.times) {
      const queue = message.times.queue + job.waitedMillis * 1000
      job.servable.meter?.observe({ ...message.times, queue })
    }
    job?.resolve(message.body)
  }
}
