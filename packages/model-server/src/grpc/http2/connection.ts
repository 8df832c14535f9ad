import type { Socket } from 'node:net'
import type { ConnectionSight } from './connection-life.ts'
import {
  goAwayFrame,
  pingAnswer,
  pingFrame,
  settings,
  settingsFrame,
  settingsSeen,
  windowUpdateFrame,
} from './control-frames.ts'
import { ConnectionError, errorCodes, type Frame, FrameReader, frameFlags, frameTypes } from './frames.ts'
import { Greeting } from './greeting.ts'
import { HeaderBlocks } from './header-blocks.ts'
import { HpackDecoder } from './hpack-decoder.ts'
import { IncomingWindow } from './incoming-window.ts'
import { Outgoing } from './outgoing.ts'
import { PeerSettingsReader } from './peer-settings.ts'
import { type OpenRequest, RequestStreams } from './request-streams.ts'

export interface ConnectionOptions {
  readonly open: OpenRequest
  /** Requests under way; more are refused, and may be sent again. */
  readonly maxStreams: number
  readonly maxHeaderBytes: number
}

const greetingMillis = 20_000
const windowBytes = 8 * 1024 * 1024
const keepAliveMillis = 60_000
/** For a client to hear that its connection closes, before its next call is refused. */
const farewellMillis = 1000
const farewell = Buffer.from('farewell')
const question = Buffer.from('are you?')
const nothing = Buffer.alloc(0)
/** Of streams: none that has such a number is cut off by a GOAWAY. */
const noStream = 2 ** 31 - 1
/** A client that does not read its answers is not read from either. */
const unreadBytes = 4 * 1024 * 1024
/** After so long a client's frames wait until the others have had their turn. */
const turnMillis = 2

/** A server's side of one HTTP/2 connection. Source: RFC 9113. */
export class Connection {
  private readonly socket: Socket
  private readonly greeting = new Greeting()
  private readonly reader = new FrameReader()
  private readonly decoder = new HpackDecoder()
  private readonly headerBlocks: HeaderBlocks
  private readonly peerSettings = new PeerSettingsReader()
  private readonly outgoing: Outgoing
  private readonly streams: RequestStreams
  private readonly window = new IncomingWindow(windowBytes, (count) => this.giveBack(count))
  /** Set once the client has been told that the connection closes. */
  private farewellTimer: NodeJS.Timeout | undefined
  /** Takes no more calls. */
  private isClosing = false

  constructor(socket: Socket, { open, maxStreams, maxHeaderBytes }: ConnectionOptions) {
    this.socket = socket
    this.headerBlocks = new HeaderBlocks(maxHeaderBytes)
    this.outgoing = new Outgoing((bytes) => this.write(bytes))
    this.streams = new RequestStreams(this.outgoing, {
      ...{ open, maxStreams },
      onChange: () => this.endIfIdle(),
    })
    this.listen()
    this.outgoing.send(
      settingsFrame([
        [settings.maxStreams, maxStreams],
        [settings.initialWindowBytes, RequestStreams.windowBytes],
        [settings.maxHeaderListBytes, maxHeaderBytes],
      ]),
    )
    this.giveBack(windowBytes - 65_535)
  }

  /**
   * Tells the client, and takes what it has sent before it heard that; the socket ends once all of it is answered.
   * So no call is lost that was on its way.
   */
  close(): void {
    if (this.farewellTimer || this.isClosing) return
    this.farewellTimer = setTimeout(() => this.takeNoMore(), this.greeting.isHeard ? farewellMillis : 0)
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
    const { socket, streams } = this
    return { bytesRead: socket.bytesRead, callsBegun: streams.last, callsUnderWay: streams.size }
  }

  private listen(): void {
    const { socket } = this
    const greetingTimer = setTimeout(() => socket.destroy(), greetingMillis)
    socket.setNoDelay(true)
    socket.setKeepAlive(true, keepAliveMillis)
    socket.on('data', (chunk: Buffer) => {
      clearTimeout(greetingTimer)
      this.read(chunk)
    })
    socket.on('drain', () => this.readOn())
    socket.on('error', () => socket.destroy())
    socket.once('end', () => socket.end())
    socket.once('close', () => {
      clearTimeout(greetingTimer)
      clearTimeout(this.farewellTimer)
      this.streams.cancelAll()
    })
  }

  private takeNoMore(): void {
    if (this.isClosing) return
    clearTimeout(this.farewellTimer)
    this.isClosing = true
    this.outgoing.send(goAwayFrame(this.streams.last, errorCodes.noError))
    this.endIfIdle()
  }

  private read(chunk: Buffer): void {
    if (this.readFrames(chunk)) return
    this.socket.pause()
    setImmediate(() => this.takeTurn())
  }

  private takeTurn(): void {
    if (this.socket.destroyed) return
    if (this.readFrames(nothing)) this.readOn()
    else setImmediate(() => this.takeTurn())
  }

  private readOn(): void {
    if (this.socket.writableLength <= unreadBytes) this.socket.resume()
  }

  /** False where the turn is over; frames may be left. */
  private readFrames(chunk: Buffer): boolean {
    const endMillis = performance.now() + turnMillis
    try {
      const isRead = this.reader.push(this.greeting.take(chunk), (one) => {
        this.take(one)
        // Only data makes calls run; a piece of other frames does not last long.
        return one.type !== frameTypes.data || performance.now() < endMillis
      })
      return isRead && performance.now() < endMillis
    } catch (error) {
      const code = error instanceof ConnectionError ? error.code : errorCodes.internalError
      this.outgoing.send(goAwayFrame(this.streams.last, code))
      this.outgoing.flush()
      this.socket.destroySoon()
      this.streams.cancelAll()
      return true
    }
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
    if (one.payload.length > 0) this.window.take(one.payload.length)
    this.streams.takeData(one)
  }

  private takeHeaders(one: Frame): void {
    const block = this.headerBlocks.take(one)
    if (!block) return
    // Read in any case: later blocks refer to what it puts into the table.
    const headers = this.decoder.decode(block.bytes)
    if (block.isTooLarge) this.streams.refuse(one.stream, errorCodes.enhanceYourCalm)
    else if (this.isClosing && one.stream > this.streams.last)
      this.streams.refuse(one.stream, errorCodes.refusedStream)
    else this.streams.takeHeaders(one.stream, headers, block)
  }

  private takeReset({ stream, payload }: Frame): void {
    checkSize(payload, 4)
    this.streams.takeReset(stream)
  }

  private takeSettings(one: Frame): void {
    if ((one.flags & frameFlags.ack) !== 0) return
    this.outgoing.limit(this.peerSettings.read(one, performance.now()))
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
    this.outgoing.widen(stream, byteCount)
  }

  private giveBack(byteCount: number): void {
    this.outgoing.send(windowUpdateFrame(0, byteCount))
  }

  private endIfIdle(): void {
    if (!this.isClosing || !this.streams.areAnswered) return
    this.outgoing.flush()
    this.socket.destroySoon()
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
