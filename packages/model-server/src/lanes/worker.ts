import { parentPort } from 'node:worker_threads'
import { batched } from '../batching/batched.ts'
import type { StageTimes } from '../metrics/request-clock.ts'
import { answerDocument } from '../prediction/documents.ts'
import type { Servable, SharedServable } from '../servable.ts'
import { asStatusError } from '../status.ts'
import { attachServable } from '../tensorflow/servable.ts'
import type { FromWorker, ToWorker } from './messages.ts'

/** A thread that answers documents with models which the main thread has loaded. */
const movedBytes = 64 * 1024
const servables = new Map<number, Servable>()

parentPort?.on('message', async (message: ToWorker) => {
  if (message.kind === 'attach') {
    servables.set(message.key, attach(message.shared))
    return
  }
  if (message.kind === 'detach') {
    await servables.get(message.key)?.[Symbol.asyncDispose]()
    servables.delete(message.key)
    return
  }
  const reply = await answer(message)
  // Large answers are moved; small ones may share their memory with others.
  const moved =
    reply.kind === 'answer' && reply.body.length > movedBytes ? [reply.body.buffer as ArrayBuffer] : []
  parentPort?.postMessage(reply, moved)
})

/** One request at a time is joined with no other, but it is held to the same limits. */
function attach(shared: SharedServable): Servable {
  const plain = attachServable(shared)
  const servable = shared.isMetered ? { ...plain, meter: { observe: keepTimes } } : plain
  return shared.batching ? batched(servable, { ...shared.batching, batchTimeoutMicros: 0 }) : servable
}

/** Of the one request that this thread works on: told with its answer. */
let times: StageTimes | undefined

function keepTimes({ decode, queue, run, encode, ...call }: StageTimes): void {
  const { api, entrypoint, signature, examples } = call
  times = { api, entrypoint, signature, examples, decode, queue, run, encode }
}

async function answer({ key, request }: Extract<ToWorker, { kind: 'answer' }>): Promise<FromWorker> {
  try {
    const servable = servables.get(key)
    if (!servable) throw new Error(`servable ${key} was never attached`)
    const started = performance.now()
    times = undefined
    const body = await answerDocument(servable, request)
    const micros = (performance.now() - started) * 1000
    return times === undefined ? { kind: 'answer', body, micros } : { kind: 'answer', body, micros, times }
  } catch (thrown) {
    const { code, message } = asStatusError(thrown)
    return { kind: 'error', code, message }
  }
}
