import { resetFrame, windowUpdateFrame } from './control-frames.ts'
import { ConnectionError, errorCodes, type Frame, frameFlags, unpadded } from './frames.ts'
import type { HeaderBlock } from './header-blocks.ts'
import type { Headers } from './hpack-decoder.ts'
import { IncomingWindow } from './incoming-window.ts'
import type { Answer, Outgoing } from './outgoing.ts'

/** One request as it comes in. */
export interface RequestSink {
  /** Views of what was received. */
  data(bytes: Buffer, isEnd: boolean): void
  /** The client gave the call up, or is gone. */
  cancelled(): void
}

/** What answers a request; after the end, or once the client is gone, nothing of it does anything. */
export interface ResponseStream {
  headers(block: Buffer, isEnd?: boolean): void
  data(bytes: Buffer): void
  /** All of it, and the end. */
  answer(answer: Answer): void
  /** Whether so much waits for the client to take it that no more should be made. */
  isFull(): boolean
}

/** Takes a new request; undefined where the headers were all of it and have been answered. */
export type OpenRequest = (headers: Headers, response: ResponseStream) => RequestSink | undefined

interface Stream {
  sink: RequestSink | undefined
  readonly window: IncomingWindow
  hasEnded: boolean
  isAnswered: boolean
}

export interface RequestStreamsOptions {
  readonly open: OpenRequest
  readonly maxStreams: number
  /** A stream has been answered or forgotten. */
  readonly onChange: () => void
}

const windowBytes = 1024 * 1024
const nothing = Buffer.alloc(0)

/** The requests of one connection, from their headers until they are answered or given up. */
export class RequestStreams {
  /** Of each stream, until the client is told otherwise. */
  static readonly windowBytes = windowBytes
  private readonly streams = new Map<number, Stream>()
  private readonly outgoing: Outgoing
  private readonly options: RequestStreamsOptions
  private lastId = 0

  constructor(outgoing: Outgoing, options: RequestStreamsOptions) {
    this.outgoing = outgoing
    this.options = options
  }

  /** The highest number that the client has used. */
  get last(): number {
    return this.lastId
  }

  get size(): number {
    return this.streams.size
  }

  get areAnswered(): boolean {
    for (const { isAnswered } of this.streams.values()) if (!isAnswered) return false
    return true
  }

  private get isFull(): boolean {
    return this.streams.size >= this.options.maxStreams || this.outgoing.isFull
  }

  /** Headers of a new request, or the trailers of one that is open. Throws ConnectionError. */
  takeHeaders(id: number, headers: Headers, { isEnd }: HeaderBlock): void {
    const known = this.streams.get(id)
    if (known && !known.hasEnded && isEnd) {
      known.hasEnded = true
      known.sink?.data(nothing, true)
      this.forgetIfDone(id, known)
    } else if (this.isFull) this.refuse(id, errorCodes.refusedStream)
    else this.begin(id, headers, isEnd)
  }

  /** Throws ConnectionError. */
  refuse(id: number, code: number): void {
    this.takeNumber(id)
    this.outgoing.send(resetFrame(id, code))
  }

  /** Throws ConnectionError. */
  takeData(one: Frame): void {
    const { stream: id, payload, flags } = one
    this.checkNumber(id, 'data of nothing')
    const stream = this.streams.get(id)
    if (!stream || stream.hasEnded) return
    stream.hasEnded = (flags & frameFlags.endStream) !== 0
    if (payload.length > 0 && !stream.hasEnded) stream.window.take(payload.length)
    stream.sink?.data(unpadded(one), stream.hasEnded)
    this.forgetIfDone(id, stream)
  }

  /** Throws ConnectionError. */
  takeReset(id: number): void {
    this.checkNumber(id, 'reset of nothing')
    const stream = this.streams.get(id)
    this.streams.delete(id)
    this.outgoing.drop(id)
    stream?.sink?.cancelled()
    this.options.onChange()
  }

  cancelAll(): void {
    const streams = [...this.streams]
    this.streams.clear()
    for (const [id, { sink }] of streams) {
      this.outgoing.drop(id)
      sink?.cancelled()
    }
  }

  private begin(id: number, headers: Headers, isEnd: boolean): void {
    this.takeNumber(id)
    const window = new IncomingWindow(windowBytes, (count) =>
      this.outgoing.send(windowUpdateFrame(id, count)),
    )
    const stream: Stream = { sink: undefined, window, hasEnded: isEnd, isAnswered: false }
    this.streams.set(id, stream)
    this.outgoing.open(id, () => this.answered(id, stream))
    stream.sink = this.options.open(headers, new StreamResponse(id, this.streams, this.outgoing))
    if (isEnd) stream.sink?.data(nothing, true)
  }

  private takeNumber(id: number): void {
    if (id % 2 === 0 || id <= this.lastId) throw new ConnectionError(errorCodes.protocolError, 'stream id')
    this.lastId = id
  }

  private checkNumber(id: number, what: string): void {
    if (id === 0 || id > this.lastId) throw new ConnectionError(errorCodes.protocolError, what)
  }

  private answered(id: number, stream: Stream): void {
    // The rest of its request may still come: a reset would keep some clients from reading the answer.
    stream.isAnswered = true
    this.forgetIfDone(id, stream)
    this.options.onChange()
  }

  private forgetIfDone(id: number, { hasEnded, isAnswered }: Stream): void {
    if (!hasEnded || !isAnswered) return
    this.streams.delete(id)
    this.options.onChange()
  }
}

/** A class rather than a literal: one is made for each request. */
class StreamResponse implements ResponseStream {
  private readonly id: number
  private readonly streams: ReadonlyMap<number, Stream>
  private readonly outgoing: Outgoing

  constructor(id: number, streams: ReadonlyMap<number, Stream>, outgoing: Outgoing) {
    this.id = id
    this.streams = streams
    this.outgoing = outgoing
  }

  headers(block: Buffer, isEnd?: boolean): void {
    if (this.streams.has(this.id)) this.outgoing.sendHeaders(this.id, block, isEnd)
  }

  data(bytes: Buffer): void {
    if (this.streams.has(this.id)) this.outgoing.sendData(this.id, bytes)
  }

  answer(answer: Answer): void {
    if (this.streams.has(this.id)) this.outgoing.sendAnswer(this.id, answer)
  }

  isFull(): boolean {
    return this.outgoing.isFull
  }
}
