import { type Framing, framing } from './framing.ts'
import { ChunkedBody, type RequestBody, SizedBody } from './request-body.ts'
import { mayBecomeHead, type RequestHead, RequestRefusal, readHead } from './request-head.ts'

/** A whole request. */
export interface IncomingRequest {
  readonly head: RequestHead
  readonly body: Buffer
  readonly keepsAlive: boolean
}

interface Underway {
  readonly head: RequestHead
  readonly framing: Framing
  /** Absent while nothing of it has been taken. */
  body: RequestBody | undefined
  awaitsContinue: boolean
}

const headLimitBytes = 16 * 1024
const nothing = Buffer.alloc(0)
const headEnd = Buffer.from('\r\n\r\n')

/** Finds the requests in what a connection brings, however it is cut into pieces. */
export class RequestReader {
  private readonly bodyLimitBytes: number
  private unread: Buffer = nothing
  private position = 0
  /** So many unread bytes are known to hold no end of a head. */
  private searchedBytes = 0
  private underway: Underway | undefined

  constructor({ bodyLimitBytes }: { readonly bodyLimitBytes: number }) {
    this.bodyLimitBytes = bodyLimitBytes
  }

  add(bytes: Buffer): void {
    const isAllRead = this.position === this.unread.length
    this.unread = isAllRead ? bytes : Buffer.concat([this.unread.subarray(this.position), bytes])
    this.position = 0
  }

  get unreadBytes(): number {
    return this.unread.length - this.position
  }

  /** How far the request that comes next has come. */
  get progress(): 'idle' | 'head' | 'body' {
    if (this.underway) return 'body'
    return this.unreadBytes > 0 ? 'head' : 'idle'
  }

  /** Undefined until the request is there as a whole. Throws RequestRefusal, after which there is no next one. */
  next(): IncomingRequest | undefined {
    const underway = this.underway ?? this.readHead()
    if (!underway) return undefined
    const body = this.readBody(underway)
    this.underway = body ? undefined : underway
    return body && { head: underway.head, body, keepsAlive: underway.framing.keepsAlive }
  }

  /** Whether the client waits to be told to go on; true once per request. */
  takeContinue(): boolean {
    if (!this.underway?.awaitsContinue) return false
    this.underway.awaitsContinue = false
    return true
  }

  private readHead(): Underway | undefined {
    this.skipEmptyLines()
    const { unread, position } = this
    const end = unread.indexOf(headEnd, position + Math.max(this.searchedBytes - headEnd.length, 0))
    const byteCount = (end < 0 ? unread.length : end + headEnd.length) - position
    if (byteCount > headLimitBytes) throw new RequestRefusal(431, 'head too large')
    if (end < 0) {
      if (!mayBecomeHead(unread, position + this.searchedBytes))
        throw new RequestRefusal(400, 'malformed head')
      this.searchedBytes = byteCount
      return undefined
    }
    const head = readHead(unread, position, end + 2)
    this.position = end + headEnd.length
    this.searchedBytes = 0
    return this.begin(head, unread.length > this.position)
  }

  /** Some clients send one after a body. Source: RFC 9112, 2.2. */
  private skipEmptyLines(): void {
    while (this.unread[this.position] === 0x0d && this.unread[this.position + 1] === 0x0a) this.position += 2
  }

  private begin(head: RequestHead, hasMore: boolean): Underway {
    const how = framing(head)
    if (how.body !== 'chunked' && how.body > this.bodyLimitBytes)
      throw new RequestRefusal(413, 'body too large')
    return { head, framing: how, body: undefined, awaitsContinue: how.awaitsContinue && !hasMore }
  }

  private readBody(underway: Underway): Buffer | undefined {
    const length = underway.framing.body
    const start = this.position
    // The plain case: all of it lies there.
    if (!underway.body && length !== 'chunked' && this.unreadBytes >= length) {
      this.position = start + length
      return this.unread.subarray(start, this.position)
    }
    underway.body ??= length === 'chunked' ? this.chunkedBody() : new SizedBody(length)
    this.position = underway.body.take(this.unread, start)
    return underway.body.whole
  }

  private chunkedBody(): RequestBody {
    return new ChunkedBody({ bodyBytes: this.bodyLimitBytes, extraBytes: headLimitBytes })
  }
}
