import { RequestRefusal } from './request-head.ts'

/** A body on its way in. */
export interface RequestBody {
  /** Takes what belongs to it from `bytes` on; returns where that ends. Throws RequestRefusal. */
  take(bytes: Buffer, start: number): number
  /** The whole body once it is there. */
  readonly whole: Buffer | undefined
}

/** An announced length up to this is believed: the memory for it is taken at once. */
const trustedBytes = 4 * 1024 * 1024

/** A body of known length that comes in several pieces. */
export class SizedBody implements RequestBody {
  private readonly length: number
  private readonly collected: GrowingBytes

  constructor(length: number) {
    this.length = length
    this.collected = new GrowingBytes(Math.min(length, trustedBytes), length)
  }

  get whole(): Buffer | undefined {
    return this.collected.length === this.length ? this.collected.bytes : undefined
  }

  take(bytes: Buffer, start: number): number {
    const end = Math.min(bytes.length, start + this.length - this.collected.length)
    this.collected.add(bytes, start, end)
    return end
  }
}

export interface ChunkedLimits {
  /** Of the body: refused with 413 beyond it. */
  readonly bodyBytes: number
  /** Of extensions and trailers, which are dropped: refused with 431 beyond it. */
  readonly extraBytes: number
}

/**
 * A body in chunks:
 *
 *     4;name=value␍␊
 *     data␍␊
 *     0␍␊
 *     trailer: value␍␊
 *     ␍␊
 *
 * Source: RFC 9112, 7.1; line ends and sizes are taken strictly.
 */
export class ChunkedBody implements RequestBody {
  private readonly limits: ChunkedLimits
  private readonly collected: GrowingBytes
  private part: 'size' | 'data' | 'data end' | 'trailers' | 'end' = 'size'
  private line = ''
  private dataLeft = 0
  private extraBytes = 0

  constructor(limits: ChunkedLimits) {
    this.limits = limits
    this.collected = new GrowingBytes(0, limits.bodyBytes)
  }

  get whole(): Buffer | undefined {
    return this.part === 'end' ? this.collected.bytes : undefined
  }

  take(bytes: Buffer, start: number): number {
    let at = start
    while (at < bytes.length && this.part !== 'end')
      at = this.part === 'data' ? this.takeData(bytes, at) : this.takeLine(bytes, at)
    return at
  }

  private takeData(bytes: Buffer, start: number): number {
    const end = Math.min(bytes.length, start + this.dataLeft)
    this.collected.add(bytes, start, end)
    this.dataLeft -= end - start
    if (this.dataLeft === 0) this.part = 'data end'
    return end
  }

  private takeLine(bytes: Buffer, start: number): number {
    const lineFeed = bytes.indexOf(0x0a, start)
    const end = lineFeed < 0 ? bytes.length : lineFeed + 1
    if (this.extraBytes + this.line.length + end - start > this.limits.extraBytes)
      throw new RequestRefusal(431, 'too much beside the chunks')
    this.line += bytes.toString('latin1', start, end)
    if (lineFeed >= 0) {
      const line = this.line
      this.line = ''
      this.read(line)
    }
    return end
  }

  private read(line: string): void {
    if (this.part === 'size') this.readSize(line)
    else if (this.part === 'data end') {
      if (line !== '\r\n') throw malformed()
      this.part = 'size'
    } else if (line === '\r\n') this.part = 'end'
    else if (trailer.test(line)) this.extraBytes += line.length
    else throw malformed()
  }

  private readSize(line: string): void {
    const [, digits = '', extension = ''] = chunkSize.exec(line) ?? []
    if (digits === '') throw malformed()
    this.extraBytes += extension.length
    this.dataLeft = Number.parseInt(digits, 16)
    if (this.collected.length + this.dataLeft > this.limits.bodyBytes)
      throw new RequestRefusal(413, 'body too large')
    this.part = this.dataLeft === 0 ? 'trailers' : 'data'
  }
}

const chunkSize = /^([0-9A-Fa-f]{1,12})(;[\t\x20-\x7e\x80-\xff]*)?\r\n$/
const trailer = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*\r\n$/

const malformed = (): RequestRefusal => new RequestRefusal(400, 'malformed chunk')

const nothing = Buffer.alloc(0)

/** Memory that follows what has arrived, not what was announced. */
class GrowingBytes {
  private readonly firstBytes: number
  private readonly limitBytes: number
  private memory: Buffer = nothing
  length = 0

  constructor(firstBytes: number, limitBytes: number) {
    this.firstBytes = firstBytes
    this.limitBytes = limitBytes
  }

  get bytes(): Buffer {
    return this.memory.subarray(0, this.length)
  }

  add(source: Buffer, start: number, end: number): void {
    const needed = this.length + end - start
    if (needed > this.memory.length) {
      const wanted = Math.max(needed, Math.min(this.limitBytes, Math.max(needed * 2, this.firstBytes)))
      const larger = Buffer.allocUnsafeSlow(wanted)
      this.memory.copy(larger, 0, 0, this.length)
      this.memory = larger
    }
    this.length += source.copy(this.memory, this.length, start, end)
  }
}
