import type { Duplex } from 'node:stream'
import { type Face, type FaceResponse, jsonResponse } from '../faces/http.ts'
import { encodeError } from '../formats/json/encode-predict.ts'
import { answerBytes, continueBytes, refusalBytes } from './answer-bytes.ts'
import type { Deadlines } from './deadlines.ts'
import { RequestRefusal } from './request-head.ts'
import { type IncomingRequest, RequestReader } from './request-reader.ts'

export interface ConnectionOptions {
  readonly face: Face
  readonly bodyLimitBytes: number
  readonly deadlines: Deadlines
  /** Is to call `flush` at the end of this turn of the event loop. */
  readonly flushLater: (connection: Connection) => void
}

/** Input beyond it waits outside while a request is answered; so do requests while so many bytes of answers wait. */
const heldBytes = 64 * 1024

/** What a connection is doing; each has its deadline but answering, which ends by itself. */
type Phase = 'idle' | 'head' | 'body' | 'answering' | 'stalled' | 'ending'

/** One client's requests, one after the other, so that answers keep their order. Ends by itself. */
export class Connection {
  private readonly socket: Duplex
  private readonly options: ConnectionOptions
  private readonly reader: RequestReader
  private readonly outgoing: Uint8Array[] = []
  private outgoingBytes = 0
  private isFlushAsked = false
  private isAnswering = false
  private isLastAnswer = false
  private isPaused = false
  private hasInputEnded = false
  /** Nothing more is answered; input is dropped. */
  private isEnding = false
  private phase: Phase = 'idle'
  /** Set when the deadline is looked at, which costs a request less than the time of day at each step. */
  private sinceMillis: number | undefined

  constructor(socket: Duplex, options: ConnectionOptions) {
    this.socket = socket
    this.options = options
    this.reader = new RequestReader(options)
    socket.on('data', (bytes: Buffer) => this.take(bytes))
    socket.on('end', () => {
      this.hasInputEnded = true
      this.advance()
    })
    socket.on('drain', () => this.advance())
    // What goes wrong with a client's connection concerns nobody else; `close` follows.
    socket.on('error', () => undefined)
  }

  /** Closes after one more answer: that of the request under way, or on its way. */
  answerLast(): void {
    this.isLastAnswer = true
  }

  /** Closes where no request is under way. */
  endIfIdle(): void {
    if (this.phase !== 'idle') return
    if (this.outgoing.length === 0 && this.socket.writableLength === 0) this.destroy()
    else this.finish()
  }

  destroy(): void {
    this.socket.destroy()
  }

  /** Closes or cuts off what has taken too long. */
  checkDeadline(nowMillis: number): void {
    const { phase } = this
    this.sinceMillis ??= nowMillis
    if (phase === 'answering') return
    if (nowMillis - this.sinceMillis < this.options.deadlines[`${phase}Millis`]) return
    if (phase === 'head' || phase === 'body') this.send([refusalBytes(408)], false)
    else if (phase === 'idle') this.finish()
    else this.destroy()
    this.notePhase()
  }

  /** Writes what has been answered, in one go. */
  flush(): void {
    const { socket, outgoing } = this
    this.isFlushAsked = false
    if (socket.destroyed) return
    const isOnePiece = outgoing.length === 1
    if (!isOnePiece) socket.cork()
    for (const bytes of outgoing) socket.write(bytes)
    if (!isOnePiece) socket.uncork()
    outgoing.length = 0
    this.outgoingBytes = 0
    if (this.isEnding) socket.end()
    this.advance()
  }

  private take(bytes: Buffer): void {
    if (this.isEnding) return
    this.reader.add(bytes)
    this.advance()
  }

  private advance(): void {
    if (!this.isAnswering && !this.isEnding && !this.isHeldBack) {
      const request = this.reader.unreadBytes > 0 ? this.nextRequest() : undefined
      if (request) this.answer(request)
      else if (this.hasInputEnded) this.finish()
    }
    this.regulateInput()
    this.notePhase()
  }

  /** Whether the client must first take what it has been answered. */
  private get isHeldBack(): boolean {
    return this.outgoingBytes > heldBytes || this.socket.writableNeedDrain
  }

  private nextRequest(): IncomingRequest | undefined {
    try {
      const request = this.reader.next()
      if (this.reader.takeContinue()) this.send([continueBytes], true)
      return request
    } catch (thrown) {
      this.refuse(thrown)
      return undefined
    }
  }

  private refuse(thrown: unknown): void {
    if (!(thrown instanceof RequestRefusal)) this.destroy()
    else if (thrown.status === 413) {
      const text = `Request body larger than ${this.options.bodyLimitBytes} bytes`
      this.sendAnswer(jsonResponse(413, encodeError(text)), false, true)
    } else this.send([refusalBytes(thrown.status)], false)
  }

  private answer({ head, body, keepsAlive }: IncomingRequest): void {
    this.isAnswering = true
    const { method, target, header } = head
    const { isAbandoned } = this
    this.options.face({ method, target, header, body, isAbandoned }).then(
      (answer) => this.finishAnswer(answer, keepsAlive, method !== 'HEAD'),
      () => this.destroy(),
    )
  }

  private finishAnswer(answer: FaceResponse, isKept: boolean, hasBody: boolean): void {
    this.isAnswering = false
    try {
      this.sendAnswer(answer, isKept && !this.isLastAnswer, hasBody)
    } catch {
      // A header that cannot be sent: there is nobody to tell but the client, whose answer this would have been.
      this.destroy()
    }
    this.advance()
  }

  private readonly isAbandoned = (): boolean => this.socket.destroyed

  private sendAnswer(answer: FaceResponse, keepsAlive: boolean, hasBody: boolean): void {
    const keepAliveSeconds = this.options.deadlines.idleMillis / 1000
    this.send(
      answerBytes(answer, { keepsAlive, keepAliveSeconds, hasBody, nowMillis: Date.now() }),
      keepsAlive,
    )
  }

  private send(pieces: readonly Uint8Array[], keepsAlive: boolean): void {
    for (const piece of pieces) {
      this.outgoing.push(piece)
      this.outgoingBytes += piece.length
    }
    if (!keepsAlive) this.isEnding = true
    this.askForFlush()
  }

  private finish(): void {
    this.isEnding = true
    this.askForFlush()
  }

  private askForFlush(): void {
    if (this.isFlushAsked) return
    this.isFlushAsked = true
    this.options.flushLater(this)
  }

  private regulateInput(): void {
    const isFull = !this.isEnding && this.reader.unreadBytes > heldBytes
    if (isFull === this.isPaused) return
    this.isPaused = isFull
    if (isFull) this.socket.pause()
    else this.socket.resume()
  }

  private notePhase(): void {
    const phase = this.currentPhase()
    if (phase === this.phase) return
    // The time for a body is the time for its whole request.
    if (phase !== 'body' || this.phase !== 'head') this.sinceMillis = undefined
    this.phase = phase
  }

  private currentPhase(): Phase {
    if (this.socket.writableNeedDrain) return 'stalled'
    if (this.isEnding) return 'ending'
    return this.isAnswering ? 'answering' : this.reader.progress
  }
}
