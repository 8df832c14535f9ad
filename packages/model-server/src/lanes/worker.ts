import { parentPort } from 'node:worker_threads'
import { answerDocument } from '../documents.ts'
import type { Servable } from '../servable.ts'
import { asStatusError } from '../status.ts'
import { attachServable } from '../tensorflow/servable.ts'
import type { FromWorker, ToWorker } from './messages.ts'

/** A thread that answers documents with models which the main thread has loaded. */
const servables = new Map<number, Servable>()

parentPort?.on('message', async (message: ToWorker) => {
  if (message.kind === 'attach') {
    servables.set(message.key, attachServable(message.shared))
    return
  }
  const reply = await answer(message)
  parentPort?.postMessage(reply, reply.kind === 'answer' ? [reply.body.buffer as ArrayBuffer] : [])
})

async function answer({ key, request }: Extract<ToWorker, { kind: 'answer' }>): Promise<FromWorker> {
  try {
    const servable = servables.get(key)
    if (!servable) throw new Error(`servable ${key} was never attached`)
    return { kind: 'answer', body: await answerDocument(servable, request) }
  } catch (thrown) {
    const { code, message } = asStatusError(thrown)
    return { kind: 'error', code, message }
  }
}
