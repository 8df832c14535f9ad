import {
  ConnectionError,
  errorCodes,
  frameFlags,
  frameTypes,
  headBytes,
  usualFrameBytes,
  writeHead,
} from './frames.ts'
import type { PeerSettings } from './peer-settings.ts'

/** What is left to send on one stream, and how much of it the peer takes. */
interface OutgoingStream {
  windowBytes: number
  readonly pieces: Buffer[]
  /** The last headers, which end the stream. */
  trailers: Buffer | undefined
  readonly ended: () => void
}

export interface Answer {
  readonly headers: Buffer
  readonly data: Buffer
  readonly trailers: Buffer
}

/** Of answers on one connection. */
const mostHeldBytes = 256 * 1024 * 1024

/** Sends frames on one connection within the peer's flow control; what one turn of the event loop makes goes out at once. */
export class Outgoing {
  private readonly write: (bytes: Buffer) => void
  private readonly streams = new Map<number, OutgoingStream>()
  /** Those that the connection's window alone holds back; who has waited longest goes first. */
  private readonly held = new Set<number>()
  private heldBytes = 0
  private pending: Buffer[] = []
  private connectionBytes = 65_535
  private initialBytes = 65_535
  private frameBytes = usualFrameBytes

  constructor(write: (bytes: Buffer) => void) {
    this.write = write
  }

  open(stream: number, ended: () => void): void {
    this.streams.set(stream, { windowBytes: this.initialBytes, pieces: [], trailers: undefined, ended })
  }

  /** Forgets what has not been sent. */
  drop(stream: number): void {
    for (const piece of this.streams.get(stream)?.pieces ?? []) this.heldBytes -= piece.length
    this.streams.delete(stream)
    this.held.delete(stream)
  }

  /** Whether so much waits for the client to take it that no more should be made. */
  get isFull(): boolean {
    return this.heldBytes > mostHeldBytes
  }

  /** A frame that no window holds back. */
  send(bytes: Buffer): void {
    this.pending.push(bytes)
    if (this.pending.length === 1) setImmediate(() => this.flush())
  }

  flush(): void {
    const { pending } = this
    if (pending.length === 0) return
    this.pending = []
    this.write(pending.length === 1 && pending[0] ? pending[0] : Buffer.concat(pending))
  }

  sendHeaders(stream: number, block: Buffer, isEnd = false): void {
    const flags = frameFlags.endHeaders | (isEnd ? frameFlags.endStream : 0)
    const bytes = Buffer.allocUnsafe(headBytes + block.length)
    block.copy(bytes, writeHead(bytes, 0, { type: frameTypes.headers, flags, stream, length: block.length }))
    this.send(bytes)
    if (isEnd) this.end(stream)
  }

  /** Data, and with trailers the end of the stream. */
  sendData(stream: number, data: Buffer, trailers?: Buffer): void {
    const target = this.streams.get(stream)
    if (!target) return
    if (data.length > 0) target.pieces.push(data)
    this.heldBytes += data.length
    target.trailers = trailers
    this.pump(stream, target)
  }

  /** Headers, data and trailers: the whole answer, in one piece where the windows let it pass. */
  sendAnswer(stream: number, { headers, data, trailers }: Answer): void {
    const target = this.streams.get(stream)
    if (!target) return
    const { length } = data
    if (length === 0 || length > Math.min(target.windowBytes, this.connectionBytes, this.frameBytes)) {
      this.sendHeaders(stream, headers)
      this.sendData(stream, data, trailers)
      return
    }
    this.connectionBytes -= length
    const bytes = Buffer.allocUnsafe(3 * headBytes + headers.length + length + trailers.length)
    const ends = frameFlags.endHeaders | frameFlags.endStream
    const [type, flags] = [frameTypes.headers, frameFlags.endHeaders]
    let position = writeHead(bytes, 0, { type, flags, stream, length: headers.length })
    position += headers.copy(bytes, position)
    position = writeHead(bytes, position, { type: frameTypes.data, flags: 0, stream, length })
    position += data.copy(bytes, position)
    position = writeHead(bytes, position, { type, flags: ends, stream, length: trailers.length })
    trailers.copy(bytes, position)
    this.send(bytes)
    this.end(stream)
  }

  /** Throws ConnectionError where the window overflows. */
  widen(stream: number, byteCount: number): void {
    if (stream === 0) {
      this.connectionBytes = widened(this.connectionBytes, byteCount)
      this.pumpHeld()
      return
    }
    const target = this.streams.get(stream)
    if (!target) return
    target.windowBytes = widened(target.windowBytes, byteCount)
    this.pump(stream, target)
  }

  /** Applies the peer's settings; windows of open streams move with the initial one. Throws ConnectionError. */
  limit({ initialBytes = this.initialBytes, frameBytes = this.frameBytes }: PeerSettings): void {
    const change = initialBytes - this.initialBytes
    this.initialBytes = initialBytes
    this.frameBytes = frameBytes
    if (change === 0) return
    for (const [id, target] of this.streams) {
      target.windowBytes = widened(target.windowBytes, change)
      this.pump(id, target)
    }
  }

  /** No stream is looked at that could not send. */
  private pumpHeld(): void {
    for (const id of this.held) {
      if (this.connectionBytes <= 0) return
      this.held.delete(id)
      const target = this.streams.get(id)
      if (target) this.pump(id, target)
    }
  }

  private pump(stream: number, target: OutgoingStream): void {
    for (let [piece] = target.pieces; piece; [piece] = target.pieces) {
      const length = Math.min(piece.length, target.windowBytes, this.connectionBytes, this.frameBytes)
      if (length <= 0) {
        if (target.windowBytes > 0) this.held.add(stream)
        return
      }
      target.windowBytes -= length
      this.connectionBytes -= length
      this.heldBytes -= length
      const head = Buffer.allocUnsafe(headBytes)
      writeHead(head, 0, { type: frameTypes.data, flags: 0, stream, length })
      this.send(head)
      this.send(length === piece.length ? piece : piece.subarray(0, length))
      if (length === piece.length) target.pieces.shift()
      else target.pieces[0] = piece.subarray(length)
    }
    if (target.trailers) this.sendHeaders(stream, target.trailers, true)
  }

  private end(stream: number): void {
    const target = this.streams.get(stream)
    this.drop(stream)
    target?.ended()
  }
}

function widened(windowBytes: number, byteCount: number): number {
  const widest = 2 ** 31 - 1
  if (windowBytes + byteCount > widest) {
    throw new ConnectionError(errorCodes.flowControlError, 'a window of more than 2^31 - 1 bytes')
  }
  return windowBytes + byteCount
}
