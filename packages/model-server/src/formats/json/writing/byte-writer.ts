const keptBytes = 64 * 1024
const kept = Buffer.allocUnsafeSlow(keptBytes)

/** Text as bytes, appended. Short texts are built in memory that is kept and copied out once. */
export class ByteWriter {
  bytes: Buffer = kept
  length = 0

  /** Makes room, so that the next `count` bytes may be stored at `length` without asking. */
  reserve(count: number): void {
    const needed = this.length + count
    if (needed <= this.bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2))
    this.bytes.copy(larger, 0, 0, this.length)
    this.bytes = larger
  }

  ascii(text: string): void {
    this.reserve(text.length)
    if (text.length > 16) {
      this.length += this.bytes.write(text, this.length, 'latin1')
      return
    }
    for (let index = 0; index < text.length; index++) this.bytes[this.length++] = text.charCodeAt(index)
  }

  copy(source: Uint8Array, start = 0, end = source.length): void {
    this.reserve(end - start)
    this.bytes.set(start === 0 && end === source.length ? source : source.subarray(start, end), this.length)
    this.length += end - start
  }

  /** The text so far, in memory of its own or of Node's pool. The writer must not be used afterwards. */
  finish(): Buffer {
    if (this.bytes !== kept) return this.bytes.subarray(0, this.length)
    const text = Buffer.allocUnsafe(this.length)
    this.bytes.copy(text, 0, 0, this.length)
    return text
  }
}
