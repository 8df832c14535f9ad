const varintSize = (value: number): number => (value < 128 ? 1 : 1 + varintSize(Math.floor(value / 128)))

/** Writes protobuf's wire format into one buffer that grows. */
export class WireWriter {
  private buffer: Buffer
  private position = 0

  constructor(expectedBytes = 256) {
    this.buffer = Buffer.allocUnsafe(expectedBytes)
  }

  /** A view: whoever goes on writing spoils it. */
  finish(): Buffer {
    return this.buffer.subarray(0, this.position)
  }

  /** Up to 2^53. */
  varint(value: number): void {
    this.reserve(10)
    let rest = value
    while (rest > 127) {
      this.buffer[this.position++] = (rest % 128) | 128
      rest = Math.floor(rest / 128)
    }
    this.buffer[this.position++] = rest
  }

  /** The 64 bits of an integer, in two halves. */
  varint64(low: number, high: number): void {
    this.reserve(10)
    let [a, b] = [low >>> 0, high >>> 0]
    while (b !== 0 || a > 127) {
      this.buffer[this.position++] = (a & 127) | 128
      a = ((a >>> 7) | (b << 25)) >>> 0
      b >>>= 7
    }
    this.buffer[this.position++] = a
  }

  /** Negative ones too, in ten bytes. */
  integerField(field: number, value: number): void {
    this.varint(field * 8)
    this.varint64(value >>> 0, Math.floor(value / 2 ** 32) >>> 0)
  }

  bytesField(field: number, bytes: Uint8Array): void {
    this.varint(field * 8 + 2)
    this.varint(bytes.length)
    this.raw(bytes)
  }

  textField(field: number, text: string): void {
    this.bytesField(field, Buffer.from(text))
  }

  floatField(field: number, value: number): void {
    this.varint(field * 8 + 5)
    this.reserve(4)
    this.position = this.buffer.writeFloatLE(value, this.position)
  }

  /** What `write` writes, as a message or a packed list; `expectedBytes` spares moving it when about right. */
  message(field: number, write: () => void, expectedBytes = 0): void {
    this.varint(field * 8 + 2)
    const start = this.position
    const room = varintSize(expectedBytes)
    this.reserve(room + expectedBytes)
    this.position += room
    write()
    const length = this.position - start - room
    const needed = varintSize(length)
    this.reserve(needed)
    if (needed !== room) this.buffer.copyWithin(start + needed, start + room, this.position)
    this.position = start
    this.varint(length)
    this.position += length
  }

  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length)
    this.buffer.set(bytes, this.position)
    this.position += bytes.length
  }

  private reserve(count: number): void {
    const needed = this.position + count
    if (needed <= this.buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(needed, this.buffer.length * 2))
    this.buffer.copy(larger, 0, 0, this.position)
    this.buffer = larger
  }
}
