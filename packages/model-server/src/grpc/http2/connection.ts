import type { Socket } from 'node:net'
import type { ConnectionSight } from './connection-life.ts'
import {
  goAwayFrame,
  pingAnswer,
  pingFrame,
  resetFrame,
  settings,
  settingsFrame,
  settingsSeen,
  windowUpdateFrame,
} from './control-frames.ts'
import {
  ConnectionError,
  errorCodes,
  type Frame,
  FrameReader,
  frameFlags,
  frameTypes,
  unpadded,
} from './frames.ts'
import { HeaderBlocks } from './header-blocks.ts'
import { type Headers, HpackDecoder } from './hpack-decoder.ts'
import { IncomingWindow } from './incoming-window.ts'
import { type Answer, Outgoing } from './outgoing.ts'

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
}

export interface ConnectionOptions {
  /** Takes a new request; undefined where the headers were all of it and have been answered. */
  readonly open: (headers: Headers, response: ResponseStream) => RequestSink | undefined
  /** Requests under way; more are refused, and may be sent again. */
  readonly maxStreams: number
  readonly maxHeaderBytes: number
}

interface Stream {
  sink: RequestSink | undefined
  readonly window: IncomingWindow
  hasEnded: boolean
  isAnswered: boolean
}

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
const prefaceMillis = 20_000
const streamWindowBytes = 1024 * 1024
const connectionWindowBytes = 8 * 1024 * 1024
const keepAliveMillis = 60_000
/** For a client to hear that its connection closes, before its next call is refused. */
const farewellMillis = 1000
const farewell = Buffer.from('farewell')
const question = Buffer.from('are you?')
/** Of streams: none that has such a number is cut off by a GOAWAY. */
const noStream = 2 ** 31 - 1
/** A client that does not read its answers is not read from either. */
const unreadBytes = 4 * 1024 * 1024

/** A server's side of one HTTP/2 connection. Source: RFC 9113. */
export class Connection {
  private readonly socket: Socket
  private readonly options: ConnectionOptions
  private readonly reader = new FrameReader()
  private readonly decoder = new HpackDecoder()
  private readonly streams = new Map<number, Stream>()
  private readonly outgoing: Outgoing
  private readonly window = new IncomingWindow(connectionWindowBytes, (count) => this.giveBack(0, count))
  private readonly headerBlocks: HeaderBlocks
  private greeting: Buffer | undefined = Buffer.alloc(0)
  private lastStream = 0
  /** Set once the client has been told that the connection closes. */
  private farewellTimer: NodeJS.Timeout | undefined
  /** Takes no more calls. */
  private isClosing = false

  constructor(socket: Socket, options: ConnectionOptions) {
    this.socket = socket
    this.options = options
    this.outgoing = new Outgoing((bytes) => this.write(bytes))
    this.headerBlocks = new HeaderBlocks(options.maxHeaderBytes)
    const greetingTimer = setTimeout(() => socket.destroy(), prefaceMillis)
    socket.setNoDelay(true)
    socket.setKeepAlive(true, keepAliveMillis)
    socket.on('data', (chunk: Buffer) => {
      clearTimeout(greetingTimer)
      this.read(chunk)
    })
    socket.on('drain', () => socket.resume())
    socket.on('error', () => socket.destroy())
    socket.once('end', () => socket.end())
    socket.once('close', () => {
      clearTimeout(greetingTimer)
      clearTimeout(this.farewellTimer)
      this.cancelAll()
    })
    const { maxStreams, maxHeaderBytes } = options
    this.outgoing.send(
      settingsFrame([
        [settings.maxStreams, maxStreams],
        [settings.initialWindowBytes, streamWindowBytes],
        [settings.maxHeaderListBytes, maxHeaderBytes],
      ]),
    )
    this.giveBack(0, connectionWindowBytes - 65_535)
  }

  /**
   * Tells the client, and takes what it has sent before it heard that; the socket ends once all of it is answered.
   * So no call is lost that was on its way.
   */
  close(): void {
    if (this.farewellTimer || this.isClosing) return
    this.farewellTimer = setTimeout(() => this.takeNoMore(), this.greeting ? 0 : farewellMillis)
    this.outgoing.send(goAwayFrame(noStream, errorCodes.noError))
    this.outgoing.send(pingFrame(farewell))
  }

  /** Ends it at once. */
  cut(): void {
    this.socket.destroy()
  }

  /** Asks whether the client is there: any byte of it says so. */
  ping(): void {
    this.outgoing.send(pingFrame(question))
  }

  get sight(): ConnectionSight {
    const { socket, lastStream, streams } = this
    return { bytesRead: socket.bytesRead, callsBegun: lastStream, callsUnderWay: streams.size }
  }

  private takeNoMore(): void {
    if (this.isClosing) return
    clearTimeout(this.farewellTimer)
    this.isClosing = true
    this.outgoing.send(goAwayFrame(this.lastStream, errorCodes.noError))
    this.endIfIdle()
  }

  private read(chunk: Buffer): void {
    try {
      const bytes = this.greeting ? this.greet(chunk) : chunk
      if (bytes.length > 0) this.reader.push(bytes, (one) => this.take(one))
    } catch (error) {
      const code = error instanceof ConnectionError ? error.code : errorCodes.internalError
      this.outgoing.send(goAwayFrame(this.lastStream, code))
      this.outgoing.flush()
      this.socket.destroySoon()
      this.cancelAll()
    }
  }

  /** What follows the client's greeting. */
  private greet(chunk: Buffer): Buffer {
    const bytes = Buffer.concat([this.greeting ?? Buffer.alloc(0), chunk])
    const length = Math.min(bytes.length, preface.length)
    if (!bytes.subarray(0, length).equals(preface.subarray(0, length))) {
      throw new ConnectionError(errorCodes.protocolError, 'no HTTP/2')
    }
    this.greeting = length < preface.length ? bytes : undefined
    return bytes.subarray(preface.length)
  }

  private take(one: Frame): void {
    const { type } = one
    this.headerBlocks.checkOrder(one)
    if (type === frameTypes.data) this.takeData(one)
    else if (type === frameTypes.headers || type === frameTypes.continuation) this.takeHeaders(one)
    else if (type === frameTypes.settings) this.takeSettings(one)
    else if (type === frameTypes.ping) this.takePing(one)
    else if (type === frameTypes.windowUpdate) this.takeWindowUpdate(one)
    else if (type === frameTypes.rstStream) this.takeReset(one)
    else if (type === frameTypes.pushPromise) throw new ConnectionError(errorCodes.protocolError, 'a push')
  }

  private takeData(one: Frame): void {
    const { stream: id, payload, flags } = one
    if (id === 0 || id > this.lastStream)
      throw new ConnectionError(errorCodes.protocolError, 'data of nothing')
    if (payload.length > 0) this.window.take(payload.length)
    const stream = this.streams.get(id)
    if (!stream || stream.hasEnded) return
    stream.hasEnded = (flags & frameFlags.endStream) !== 0
    if (payload.length > 0 && !stream.hasEnded) stream.window.take(payload.length)
    stream.sink?.data(unpadded(one), stream.hasEnded)
    this.forgetIfDone(id, stream)
  }

  private takeHeaders(one: Frame): void {
    const block = this.headerBlocks.take(one)
    if (!block) return
    // Read in any case: later blocks refer to what it puts into the table.
    const headers = this.decoder.decode(block.bytes)
    if (block.isTooLarge) this.refuse(one.stream, errorCodes.enhanceYourCalm)
    else this.begin(one.stream, headers, block.isEnd)
  }

  private begin(id: number, headers: Headers, isEnd: boolean): void {
    const known = this.streams.get(id)
    if (known && !known.hasEnded && isEnd) {
      known.hasEnded = true
      known.sink?.data(Buffer.alloc(0), true)
      this.forgetIfDone(id, known)
      return
    }
    if (this.isClosing || this.streams.size >= this.options.maxStreams) {
      this.refuse(id, errorCodes.refusedStream)
      return
    }
    this.takeNumber(id)
    const window = new IncomingWindow(streamWindowBytes, (count) => this.giveBack(id, count))
    const stream: Stream = { sink: undefined, window, hasEnded: isEnd, isAnswered: false }
    this.streams.set(id, stream)
    this.outgoing.open(id, () => this.answered(id, stream))
    stream.sink = this.options.open(headers, this.responseOf(id))
    if (isEnd) stream.sink?.data(Buffer.alloc(0), true)
  }

  private refuse(id: number, code: number): void {
    this.takeNumber(id)
    this.outgoing.send(resetFrame(id, code))
  }

  private takeNumber(id: number): void {
    if (id % 2 === 0 || id <= this.lastStream)
      throw new ConnectionError(errorCodes.protocolError, 'stream id')
    this.lastStream = id
  }

  private responseOf(id: number): ResponseStream {
    const { streams, outgoing } = this
    return {
      headers(block, isEnd) {
        if (streams.has(id)) outgoing.sendHeaders(id, block, isEnd)
      },
      data(bytes) {
        if (streams.has(id)) outgoing.sendData(id, bytes)
      },
      answer(answer) {
        if (streams.has(id)) outgoing.sendAnswer(id, answer)
      },
    }
  }

  private answered(id: number, stream: Stream): void {
    // The rest of its request may still come: a reset would keep some clients from reading the answer.
    stream.isAnswered = true
    this.forgetIfDone(id, stream)
    this.endIfIdle()
  }

  private forgetIfDone(id: number, { hasEnded, isAnswered }: Stream): void {
    if (!hasEnded || !isAnswered) return
    this.streams.delete(id)
    this.endIfIdle()
  }

  private takeReset({ stream: id, payload }: Frame): void {
    checkSize(payload, 4)
    if (id === 0 || id > this.lastStream)
      throw new ConnectionError(errorCodes.protocolError, 'reset of nothing')
    const stream = this.streams.get(id)
    this.streams.delete(id)
    this.outgoing.drop(id)
    stream?.sink?.cancelled()
    this.endIfIdle()
  }

  private takeSettings({ flags, payload, stream }: Frame): void {
    if ((flags & frameFlags.ack) !== 0) return
    if (stream !== 0 || payload.length % 6 !== 0)
      throw new ConnectionError(errorCodes.frameSizeError, 'settings')
    for (let position = 0; position < payload.length; position += 6) {
      const value = payload.readUInt32BE(position + 2)
      const setting = payload.readUInt16BE(position)
      if (setting === settings.initialWindowBytes)
        this.widening(() => this.outgoing.limit({ initialBytes: value }))
      else if (setting === settings.maxFrameBytes)
        this.outgoing.limit({ frameBytes: Math.max(value, 16_384) })
    }
    this.outgoing.send(settingsSeen)
  }

  private takePing(one: Frame): void {
    checkSize(one.payload, 8)
    if ((one.flags & frameFlags.ack) === 0) this.outgoing.send(pingAnswer(one))
    else if (this.farewellTimer && one.payload.equals(farewell)) this.takeNoMore()
  }

  private takeWindowUpdate({ stream, payload }: Frame): void {
    checkSize(payload, 4)
    const byteCount = payload.readUInt32BE(0) % 2 ** 31
    if (byteCount === 0) throw new ConnectionError(errorCodes.protocolError, 'a window that does not change')
    this.widening(() => this.outgoing.widen(stream, byteCount))
  }

  private widening(change: () => void): void {
    try {
      change()
    } catch (error) {
      throw new ConnectionError(errorCodes.flowControlError, String(error))
    }
  }

  private giveBack(stream: number, byteCount: number): void {
    this.outgoing.send(windowUpdateFrame(stream, byteCount))
  }

  private endIfIdle(): void {
    if (!this.isClosing || [...this.streams.values()].some(({ isAnswered }) => !isAnswered)) return
    this.outgoing.flush()
    this.socket.destroySoon()
  }

  private cancelAll(): void {
    const streams = [...this.streams]
    this.streams.clear()
    for (const [id, { sink }] of streams) {
      this.outgoing.drop(id)
      sink?.cancelled()
    }
  }

  private write(bytes: Buffer): void {
    if (this.socket.destroyed || !this.socket.writable) return
    this.socket.write(bytes)
    if (this.socket.writableLength > unreadBytes) this.socket.pause()
  }
}

function checkSize(payload: Buffer, byteCount: number): void {
  if (payload.length !== byteCount)
    throw new ConnectionError(errorCodes.frameSizeError, 'a frame of another size')
}
