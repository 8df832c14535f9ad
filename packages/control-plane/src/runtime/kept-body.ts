import type { Bytes } from '@sagebrush/api'

const keptLimitBytes = 256 * 1024

/** A body that is read piece by piece as it comes, and can be read again from its beginning while it is small. */
export class KeptBody implements Bytes {
  readonly #source: AsyncIterator<Uint8Array>
  readonly #pieces: Promise<IteratorResult<Uint8Array>>[] = []
  #bytes = 0

  constructor(body: Bytes) {
    this.#source = body[Symbol.asyncIterator]()
  }

  /** Whether another reader would still get all of it. */
  get isRepeatable(): boolean {
    return this.#bytes <= keptLimitBytes
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, undefined> {
    for (let at = 0; ; at++) {
      const piece = await this.#pieceAt(at)
      if (piece.done) return
      yield piece.value
    }
  }

  async #pieceAt(at: number): Promise<IteratorResult<Uint8Array>> {
    const kept = this.#pieces[at]
    if (kept) return kept
    const next = this.#source.next()
    if (this.isRepeatable) this.#pieces[at] = next
    const piece = await next
    this.#bytes += piece.done ? 0 : piece.value.length
    if (!this.isRepeatable) this.#pieces.length = 0
    return piece
  }
}
