/** What goes wrong in bytes that claim to be a message. */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError'
}

/**
 * Reads one message's fields in order, without a schema and without copying: after `next()`, `field` is the
 * number and one of `varint()`, `bytes()`, `message()`, `text()` or `skip()` takes the value.
 * Throws ProtobufError where the bytes end early or the wire type is unknown.
 */
export class ProtobufReader {
  field = 0
  private wireType = 0
  private position: number
  private readonly source: Uint8Array
  private readonly end: number

  constructor(source: Uint8Array, start = 0, end = source.length) {
    this.source = source
    this.position = start
    this.end = end
  }

  next(): boolean {
    if (this.position >= this.end) return false
    const tag = this.varint()
    this.field = Math.floor(tag / 8)
    this.wireType = tag % 8
    return true
  }

  /** Exact up to 2^53; negative int32 and int64 values come out as large numbers: use `signedVarint`. */
  varint(): number {
    let value = 0
    for (let scale = 1, count = 0; count < 10; count++, scale *= 128) {
      const byte = this.byte()
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
    throw new ProtobufError('a varint of more than ten bytes')
  }

  signedVarint(): number {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.byte()
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return Number(BigInt.asIntN(64, value))
    }
    throw new ProtobufError('a varint of more than ten bytes')
  }

  /** A view, valid as long as the source is. */
  bytes(): Uint8Array {
    const start = this.take(this.length())
    return this.source.subarray(start, this.position)
  }

  /** A list of numbers in its packed form, also where one stands alone: a view. */
  packed(): Uint8Array {
    if (this.wireType === 2) return this.bytes()
    const start = this.position
    this.skip()
    return this.source.subarray(start, this.position)
  }

  message(): ProtobufReader {
    const start = this.take(this.length())
    return new ProtobufReader(this.source, start, this.position)
  }

  text(): string {
    const bytes = this.bytes()
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
  }

  /** True where the value of the field just read stands with its length, as packed numbers do. */
  isPacked(): boolean {
    return this.wireType === 2
  }

  isAtEnd(): boolean {
    return this.position >= this.end
  }

  skip(): void {
    if (this.wireType === 0) this.varint()
    else if (this.wireType === 1) this.take(8)
    else if (this.wireType === 2) this.take(this.length())
    else if (this.wireType === 5) this.take(4)
    else throw new ProtobufError(`wire type ${this.wireType}`)
  }

  private length(): number {
    if (this.wireType !== 2) throw new ProtobufError(`field ${this.field} is not length-delimited`)
    return this.varint()
  }

  private byte(): number {
    const byte = this.position < this.end ? this.source[this.position] : undefined
    if (byte === undefined) throw new ProtobufError('the message ends early')
    this.position++
    return byte
  }

  private take(count: number): number {
    const start = this.position
    if (count > this.end - start) throw new ProtobufError('the message ends early')
    this.position = start + count
    return start
  }
}
