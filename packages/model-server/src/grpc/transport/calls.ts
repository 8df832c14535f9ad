import { setImmediate } from 'node:timers/promises'
import { asStatusError, StatusError, statusCodeNumber } from '../../status.ts'
import type { Headers } from '../http2/hpack-decoder.ts'
import type { RequestSink, ResponseStream } from '../http2/request-streams.ts'
import { headerBlock } from '../http2/response-headers.ts'
import { MessageQueue } from './message-queue.ts'
import type { CallContext, GrpcMethods, StreamMethod, UnaryMethod } from './method.ts'
import { acceptedEncodings, MessageReader, prefixed, type RawMessage, unpacked } from './prefixed-messages.ts'
import { timeoutMillis } from './timeout.ts'

export interface CallOptions {
  readonly methods: GrpcMethods
  /** Of a request's message. */
  readonly limitBytes: number
  /** Of an answer's; a larger one becomes RESOURCE_EXHAUSTED. */
  readonly sendLimitBytes: number
}

/** Begins to answer a gRPC call. Undefined where its headers have been answered already. Source: gRPC over HTTP/2. */
export function openCall(
  { methods, limitBytes, sendLimitBytes }: CallOptions,
  headers: Headers,
  response: ResponseStream,
): RequestSink | undefined {
  const path = headers.get(':path') ?? ''
  if (headers.get(':method') !== 'POST' || !headers.get('content-type')?.startsWith('application/grpc')) {
    response.headers(headerBlock({ ':status': '415', 'content-length': '0' }), true)
    return undefined
  }
  const call = { headers, response, limitBytes, sendLimitBytes }
  const unary = methods.unary.get(path)
  if (unary) return new UnaryCall(call, unary)
  const stream = methods.streams.get(path)
  if (stream) return new StreamCall(call, stream)
  fail(response, new StatusError('UNIMPLEMENTED', `The server does not implement the method ${path}`))
  return undefined
}

interface Call extends Pick<CallOptions, 'limitBytes' | 'sendLimitBytes'> {
  readonly headers: Headers
  readonly response: ResponseStream
}

const responseHeaders = headerBlock({
  ':status': '200',
  'content-type': 'application/grpc',
  'grpc-accept-encoding': acceptedEncodings,
})
const successTrailers = headerBlock({ 'grpc-status': '0' })

const longestText = 1024

/** Ends the call with its status alone. Long texts are cut as in TensorFlow Serving's model_servers/grpc_status_util.cc. */
function fail(response: ResponseStream, thrown: unknown, hasHeaders = false): void {
  const { code, message } = asStatusError(thrown)
  const text = message.length > longestText ? `${message.slice(0, longestText)}...TRUNCATED` : message
  const status = { 'grpc-status': String(statusCodeNumber(code)), 'grpc-message': percentEncoded(text) }
  const head = hasHeaders ? {} : { ':status': '200', 'content-type': 'application/grpc' }
  response.headers(headerBlock({ ...head, ...status }), true)
}

/** What is not printable, and the sign itself, byte by byte. */
function percentEncoded(text: string): string {
  if (/^[ -$&-~]*$/.test(text)) return text
  let encoded = ''
  for (const byte of Buffer.from(text)) {
    const isPlain = byte >= 32 && byte <= 126 && byte !== 37
    encoded += isPlain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  return encoded
}

class UnaryCall implements RequestSink, CallContext {
  readonly deadlineMillis: number
  private readonly call: Call
  private readonly method: UnaryMethod
  private readonly reader: MessageReader
  private message: RawMessage | undefined
  private isOver = false

  constructor(call: Call, method: UnaryMethod) {
    this.call = call
    this.method = method
    this.reader = new MessageReader(call.limitBytes)
    const timeout = call.headers.get('grpc-timeout')
    this.deadlineMillis =
      timeout === undefined ? Number.POSITIVE_INFINITY : Date.now() + timeoutMillis(timeout)
  }

  readonly metadata = (name: string): string | undefined => this.call.headers.get(name)

  readonly isAbandoned = (): boolean => this.isOver || this.deadlineMillis <= Date.now()

  data(bytes: Buffer, isEnd: boolean): void {
    if (this.isOver) return
    try {
      const messages = this.reader.push(bytes)
      if (messages.length > 1 || (messages.length === 1 && this.message))
        throw notOne('more than one message')
      this.message ??= messages[0]
      if (isEnd) this.answer()
    } catch (error) {
      this.end(error)
    }
  }

  cancelled(): void {
    this.isOver = true
  }

  private answer(): void {
    const { message, call, isAbandoned } = this
    if (!message || !this.reader.isEmpty) throw notOne('no whole message')
    const encoding = call.headers.get('grpc-encoding') ?? 'identity'
    const answered = message.isCompressed
      ? unpacked(message.bytes, encoding, { limitBytes: call.limitBytes, isAbandoned }).then((bytes) =>
          this.method(bytes, this),
        )
      : this.method(message.bytes, this)
    answered.then(
      (bytes) =>
        bytes.length > call.sendLimitBytes
          ? this.end(tooLarge(bytes.length, call.sendLimitBytes))
          : call.response.answer({
              headers: responseHeaders,
              data: prefixed(bytes),
              trailers: successTrailers,
            }),
      (error) => this.end(error),
    )
  }

  private end(error: unknown): void {
    this.isOver = true
    fail(this.call.response, error)
  }
}

const tooLarge = (byteCount: number, limitBytes: number): StatusError =>
  new StatusError('RESOURCE_EXHAUSTED', `Sent message larger than max (${byteCount} vs. ${limitBytes})`)

const notOne = (what: string): StatusError => new StatusError('INTERNAL', `The request has ${what}`)

/** After so long a stream's answers wait until other calls have had their turn. */
const turnMillis = 2

class StreamCall implements RequestSink {
  private readonly call: Call
  private readonly reader: MessageReader
  private readonly queue = new MessageQueue()
  private readonly ending = new AbortController()

  constructor(call: Call, method: StreamMethod) {
    this.call = call
    this.reader = new MessageReader(call.limitBytes)
    this.run(method).catch(() => this.ending.abort())
  }

  data(bytes: Buffer, isEnd: boolean): void {
    try {
      for (const message of this.reader.push(bytes)) this.queue.push(message)
      if (isEnd) this.queue.end()
    } catch (error) {
      this.queue.end(error)
    }
  }

  cancelled(): void {
    this.queue.end()
    this.ending.abort()
  }

  private async run(method: StreamMethod): Promise<void> {
    const { response } = this.call
    let hasHeaders = false
    let turnEndMillis = performance.now() + turnMillis
    try {
      for await (const bytes of method(this.requests(), this.ending.signal)) {
        if (!hasHeaders) response.headers(responseHeaders)
        hasHeaders = true
        response.data(prefixed(bytes))
        if (response.isFull()) throw new StatusError('RESOURCE_EXHAUSTED', 'The answers are not taken')
        if (performance.now() < turnEndMillis) continue
        await setImmediate()
        turnEndMillis = performance.now() + turnMillis
      }
      if (!hasHeaders) response.headers(responseHeaders)
      response.headers(successTrailers, true)
    } catch (error) {
      fail(response, error, hasHeaders)
    } finally {
      this.ending.abort()
    }
  }

  private async *requests(): AsyncGenerator<Uint8Array> {
    const { headers, limitBytes } = this.call
    const encoding = headers.get('grpc-encoding') ?? 'identity'
    const options = { limitBytes, isAbandoned: () => this.ending.signal.aborted }
    for await (const { bytes, isCompressed } of this.queue) {
      yield isCompressed ? await unpacked(bytes, encoding, options) : bytes
    }
  }
}
