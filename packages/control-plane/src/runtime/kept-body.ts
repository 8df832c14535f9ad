import { type Bytes, heldBytes } from '@sagebrush/api'

const keptLimitBytes = 256 * 1024

export interface RepeatableBody extends Bytes {
  /** Whether another reader would still get all of it. */
  readonly isRepeatable: boolean
}

/** A body that is in memory anyway is read again for nothing, and keeps its length. */
export function repeatable(body: Bytes): RepeatableBody {
  return heldBytes(body) ? { ...body, isRepeatable: true } : new KeptBody(body)
}

/** A body that is read piece by piece as it comes, and can be read again from its beginning while it is small. */
class KeptBody implements RepeatableBody {
  readonly #source: AsyncIterator<Uint8Array>
  readonly #pieces: Promise<IteratorResult<Uint8Array>>[] = []
  #bytes = 0

  constructor(body: Bytes) {
    this.#source = body[Symbol.asyncIterator]()
  }

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
