import { METHODS } from 'node:http'

/** Why a request is not read any further: the status that says so. The connection ends with it. */
export class RequestRefusal extends Error {
  readonly status: number
  constructor(status: number, reason: string) {
    super(reason)
    this.name = 'RequestRefusal'
    this.status = status
  }
}

/** Request line and fields of an HTTP/1.x request, still lying in the bytes that were read. */
export class RequestHead {
  readonly method: string
  /** As sent. */
  readonly target: string
  readonly minorVersion: 0 | 1
  private readonly bytes: Buffer
  /** Where each field's name starts and ends, and its value. */
  private readonly places: readonly number[]

  constructor(line: RequestLine, bytes: Buffer, places: readonly number[]) {
    this.method = line.method
    this.target = line.target
    this.minorVersion = line.minorVersion
    this.bytes = bytes
    this.places = places
  }

  /** By lower-case name. Values of a repeated field are joined, of those that make no list the first one counts. */
  readonly header = (name: string): string | undefined => this.find(name, singleValued.has(name))

  /** All values of the field, joined by commas. */
  joined(name: string): string | undefined {
    return this.find(name, false)
  }

  has(name: string): boolean {
    const { places, bytes } = this
    for (let field = 0; field < places.length; field += 4) {
      const start = places[field] ?? 0
      if ((places[field + 1] ?? 0) - start === name.length && isNamed(bytes, start, name)) return true
    }
    return false
  }

  private find(name: string, firstOnly: boolean): string | undefined {
    const { places, bytes } = this
    let found: string | undefined
    for (let field = 0; field < places.length; field += 4) {
      const start = places[field] ?? 0
      if ((places[field + 1] ?? 0) - start !== name.length || !isNamed(bytes, start, name)) continue
      const value = bytes.toString('latin1', places[field + 2], places[field + 3])
      if (firstOnly) return value
      found = found === undefined ? value : `${found}, ${value}`
    }
    return found
  }
}

/** Source: Node.js, http.IncomingMessage.headers. */
const singleValued: ReadonlySet<string> = new Set([
  ...['age', 'authorization', 'content-length', 'content-type', 'etag', 'expires', 'from', 'host'],
  ...['if-modified-since', 'if-unmodified-since', 'last-modified', 'location', 'max-forwards'],
  ...['proxy-authorization', 'referer', 'retry-after', 'server', 'user-agent'],
])

interface RequestLine {
  readonly method: string
  readonly target: string
  readonly minorVersion: 0 | 1
  readonly end: number
}

/**
 * Reads the head in `bytes` from `start` up to `end`, which is where the empty line begins that ends it:
 *
 *     POST /v1/models/m:predict HTTP/1.1␍␊
 *     host: localhost␍␊
 *     content-length: 21␍␊
 *
 * Throws RequestRefusal 400 for whatever RFC 9112 does not allow, what receivers may tolerate included: bare line
 * feeds, folded lines, blanks before a colon. Two readers must not see two requests in the same bytes.
 */
export function readHead(bytes: Buffer, start: number, end: number): RequestHead {
  const line = readRequestLine(bytes, start)
  const places: number[] = []
  for (let at = line.end; at < end; ) at = readField(bytes, at, places)
  return new RequestHead(line, bytes, places)
}

/** Whether bytes that may still become a head can do so: none of them is one that no head contains. */
export function mayBecomeHead(bytes: Buffer, start: number): boolean {
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    const isLineEnd = byte === lineFeed ? bytes[at - 1] === carriageReturn : byte === carriageReturn
    if (!isLineEnd && !(kindOf(byte) & inValue)) return false
  }
  return true
}

const [blank, tab, lineFeed, carriageReturn, colon] = [0x20, 0x09, 0x0a, 0x0d, 0x3a]

/** What a byte may stand in. Source: RFC 9110, 5.5 and 5.6.2; RFC 3986 for targets. */
const [inToken, inTarget, inValue] = [1, 2, 4]
const kinds = Uint8Array.from({ length: 256 }, (_, byte) => {
  const isVisible = byte > 0x20 && byte < 0x7f
  const isToken = isVisible && !'"(),/:;<=>?@[\\]{}'.includes(String.fromCharCode(byte))
  const isValue = isVisible || byte >= 0x80 || byte === blank || byte === tab
  return (isToken ? inToken : 0) | (isVisible ? inTarget : 0) | (isValue ? inValue : 0)
})
const kindOf = (byte: number | undefined): number => kinds[byte ?? 0] ?? 0

/** CONNECT asks for a tunnel. */
const methods: ReadonlySet<string> = new Set(METHODS.filter((method) => method !== 'CONNECT'))

function readRequestLine(bytes: Buffer, start: number): RequestLine {
  const methodEnd = skip(bytes, start, inToken)
  const method = bytes.toString('latin1', start, methodEnd)
  if (bytes[methodEnd] !== blank || !methods.has(method)) throw badRequest('method')
  const targetEnd = skip(bytes, methodEnd + 1, inTarget)
  if (bytes[targetEnd] !== blank || targetEnd === methodEnd + 1) throw badRequest('target')
  const version = bytes.toString('latin1', targetEnd + 1, targetEnd + 11)
  if (version !== 'HTTP/1.1\r\n' && version !== 'HTTP/1.0\r\n') throw badRequest('version')
  return {
    method,
    target: bytes.toString('latin1', methodEnd + 1, targetEnd),
    minorVersion: version === 'HTTP/1.1\r\n' ? 1 : 0,
    end: targetEnd + 11,
  }
}

/** `name: value␍␊`; returns where the next line starts. */
function readField(bytes: Buffer, start: number, places: number[]): number {
  const nameEnd = skip(bytes, start, inToken)
  if (bytes[nameEnd] !== colon || nameEnd === start) throw badRequest('field name')
  let valueStart = nameEnd + 1
  while (isBlank(bytes[valueStart])) valueStart++
  const lineEnd = skip(bytes, valueStart, inValue)
  if (bytes[lineEnd] !== carriageReturn || bytes[lineEnd + 1] !== lineFeed) throw badRequest('field value')
  let valueEnd = lineEnd
  while (valueEnd > valueStart && isBlank(bytes[valueEnd - 1])) valueEnd--
  places.push(start, nameEnd, valueStart, valueEnd)
  return lineEnd + 2
}

function skip(bytes: Buffer, start: number, kind: number): number {
  let at = start
  while (at < bytes.length && kindOf(bytes[at]) & kind) at++
  return at
}

const isBlank = (byte: number | undefined): boolean => byte === blank || byte === tab

/** The name is a token, and of those only letters change by that bit. */
function isNamed(bytes: Buffer, start: number, name: string): boolean {
  for (let index = 0; index < name.length; index++)
    if (((bytes[start + index] ?? 0) | 0x20) !== name.charCodeAt(index)) return false
  return true
}

const badRequest = (what: string): RequestRefusal => new RequestRefusal(400, `malformed ${what}`)
