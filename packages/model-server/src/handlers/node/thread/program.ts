import { parentPort, workerData } from 'node:worker_threads'
import type { Context, HandlerAnswer, HandlerBody, ModelResponse } from '../handler-api.ts'
import {
  type Batch,
  type FromThread,
  nothingMore,
  readContext,
  type ThreadData,
  type ToThread,
  type WireContext,
} from '../messages.ts'
import { bodyReader } from '../packed-bodies.ts'
import { mustWake, type Reply, writeReply } from '../reply-ring.ts'
import { handlerData, modelResponse } from './bytes.ts'
import { describeFailure, logError } from './failure.ts'
import { type Handlers, loadHandlers } from './load-handlers.ts'

/** A thread that runs the functions of `code/inference.ts`. */
const { script, packages, begun, replies }: ThreadData = workerData
/** Work goes on at most this long before the event loop gets its turn. */
const turnMillis = 1

type Begin = Extract<ToThread, { kind: 'request' | 'output' }>
type Work = { readonly item: Begin; readonly body: Uint8Array }

const work: Work[] = []
const contexts = new Map<number, Context>()
const asked = new Map<number, (response: ModelResponse) => void>()
let asks = 0

// A promise that nobody waits for is the script's mistake, but no reason to end requests that are under way.
process.on('unhandledRejection', (reason) => logError(reason, 'Unhandled rejection: '))

try {
  const handlers = await loadHandlers({ script, packages })
  parentPort?.on('message', (batch: Batch) => take(batch, handlers))
  say({ kind: 'ready', style: handlers.style })
} catch (error) {
  logError(error)
  say({ kind: 'unusable', reason: describeFailure(error, script) })
}

function take({ items, block }: Batch, handlers: Handlers): void {
  const read = bodyReader(block)
  for (const item of items) {
    if (item.kind === 'forget') contexts.delete(item.input)
    else if (item.kind === 'told') tell(item.ask, modelResponse(item.response, read(item.response.body)))
    else work.push({ item, body: read(item.kind === 'request' ? item.body : item.response.body) })
  }
  workOn(handlers, performance.now() + turnMillis)
}

/** Each step begins when the one before has told what it could: so it can hold up or bring down none but its own. */
function workOn(handlers: Handlers, end: number): void {
  const next = work.shift()
  if (next && mayBegin()) run(next, handlers)
  if (work.length === 0) return
  if (performance.now() < end) queueMicrotask(() => workOn(handlers, end))
  else setImmediate(() => workOn(handlers, performance.now() + turnMillis))
}

/** Counts the step, unless the server has taken back what is not begun. */
function mayBegin(): boolean {
  const count = Atomics.load(begun, 0)
  return count !== nothingMore && Atomics.compareExchange(begun, 0, count, count + 1) === count
}

function run({ item, body }: Work, handlers: Handlers): void {
  const { step } = item
  if (item.kind === 'request') {
    const context = newContext(step, item.context)
    if (handlers.style === 'single') {
      settle(
        step,
        () => handlers.handler(handlerData(body), context),
        (answer) => replyAnswer(step, 'handler', answer),
      )
    } else {
      const input = () => handlers.inputHandler(handlerData(body), context)
      settle(step, input, (modelInput) => replyInput(step, modelInput, context))
    }
  } else if (handlers.style === 'pair') {
    const context = contextOf(item)
    const output = () => handlers.outputHandler(modelResponse(item.response, body), context)
    settle(step, output, (answer) => replyAnswer(step, 'outputHandler', answer))
  }
}

/** At once where the function is not async. */
function settle<Result>(
  step: number,
  call: () => Result | Promise<Result>,
  reply: (result: Result) => void,
): void {
  const fail = (error: unknown): void => {
    logError(error)
    sendReply({ kind: 'thrown', step, number: statusCodeOf(error), text: messageOf(error) }, '')
  }
  try {
    const result = call()
    if (isPromise(result)) Promise.resolve(result).then(reply).catch(fail)
    else reply(result)
  } catch (error) {
    fail(error)
  }
}

/** The one that the input step had, where it ran in this thread. */
function contextOf({ step, context }: Extract<Begin, { kind: 'output' }>): Context {
  if (!('input' in context)) return newContext(step, context)
  const kept = contexts.get(context.input)
  contexts.delete(context.input)
  if (!kept) throw new Error('the context of the input step is gone')
  return kept
}

function newContext(step: number, wire: WireContext): Context {
  return {
    ...readContext(wire),
    callModel: (body) => {
      const ask = asks++
      sendReply({ kind: 'ask', step, number: ask, text: '' }, bytesOf(body, 'callModel'))
      return new Promise((resolve) => asked.set(ask, resolve))
    },
  }
}

function tell(ask: number, response: ModelResponse): void {
  asked.get(ask)?.(response)
  asked.delete(ask)
}

function replyAnswer(step: number, name: string, answer: HandlerAnswer): void {
  if (!Array.isArray(answer) || answer.length !== 2) {
    throw new TypeError(`${name} must return [body, contentType]`)
  }
  const [body, contentType]: HandlerAnswer = answer
  if (typeof contentType !== 'string' || !/^[\t\x20-\x7e\x80-\xff]*$/.test(contentType)) {
    throw new TypeError(`${name} must return [body, contentType], where contentType can be a header`)
  }
  sendReply({ kind: 'answer', step, number: 0, text: contentType }, bytesOf(body, name))
}

function replyInput(step: number, body: HandlerBody, context: Context): void {
  const bytes = bytesOf(body, 'inputHandler')
  contexts.set(step, context)
  sendReply({ kind: 'input', step, number: 0, text: '' }, bytes)
}

function bytesOf(body: HandlerBody, name: string): string | Uint8Array {
  if (typeof body === 'string' || body instanceof Uint8Array) return body
  const text = JSON.stringify(body)
  if (text === undefined) throw new TypeError(`${name} gave no body: it must be text, bytes or a JSON value`)
  return text
}

/** Bytes are copied: the script may keep them. */
function sendReply(reply: Omit<Reply, 'body'>, body: string | Uint8Array): void {
  if (writeReply(replies, reply, body)) {
    if (mustWake(replies)) say({ kind: 'wake' })
    return
  }
  const copy =
    typeof body === 'string' ? Buffer.allocUnsafeSlow(Buffer.byteLength(body)) : new Uint8Array(body)
  if (typeof body === 'string' && copy instanceof Buffer) copy.write(body)
  say({ kind: 'reply', reply: { ...reply, body: copy } }, [copy.buffer])
}

function say(message: FromThread, moved: readonly ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, [...moved])
}

function isPromise<Result>(result: Result | Promise<Result>): result is Promise<Result> {
  return (
    typeof result === 'object' && result !== null && 'then' in result && typeof result.then === 'function'
  )
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** 0 where the error names none. */
function statusCodeOf(error: unknown): number {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'statusCode') : undefined
  return typeof code === 'number' && Number.isInteger(code) && code >= 400 && code <= 599 ? code : 0
}
