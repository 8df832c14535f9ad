import type { Bytes } from '../http.ts'

/** Takes lines and counted bytes off a stream; holds one piece of it at a time. */
export class ChunkReader implements AsyncDisposable {
  readonly #pieces: AsyncIterator<Uint8Array>
  #piece: Uint8Array = new Uint8Array()
  #offset = 0

  constructor(body: Bytes) {
    this.#pieces = body[Symbol.asyncIterator]()
  }

  /** The next bytes, at most `limit` of them; undefined at the end of the stream. */
  async take(limit: number): Promise<Uint8Array | undefined> {
    if (!(await this.#fill())) return undefined
    const end = Math.min(this.#piece.length, this.#offset + limit)
    const taken = this.#piece.subarray(this.#offset, end)
    this.#offset = end
    return taken
  }

  /** Without its line end (CRLF or LF); undefined at the end of the stream. Throws RangeError past `limitBytes`. */
  async line(limitBytes: number): Promise<string | undefined> {
    let text = ''
    while (await this.#fill()) {
      const found = this.#piece.indexOf(lineFeed, this.#offset)
      const end = found < 0 ? this.#piece.length : found
      if (text.length + end - this.#offset > limitBytes)
        throw new RangeError(`a line is longer than ${limitBytes} bytes`)
      text += Buffer.from(
        this.#piece.buffer,
        this.#piece.byteOffset + this.#offset,
        end - this.#offset,
      ).toString('latin1')
      this.#offset = found < 0 ? end : end + 1
      if (found >= 0) return text.endsWith('\r') ? text.slice(0, -1) : text
    }
    return text === '' ? undefined : text
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pieces.return?.()
  }

  async #fill(): Promise<boolean> {
    while (this.#offset >= this.#piece.length) {
      const next = await this.#pieces.next()
      if (next.done) return false
      this.#piece = next.value
      this.#offset = 0
    }
    return true
  }
}

const lineFeed = 0x0a
