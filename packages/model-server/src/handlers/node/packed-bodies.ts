/** A body in a message between threads: so many of the next bytes of the message's block, or bytes of its own. */
export type PackedBody = number | Uint8Array

/** Bodies of at least this size change their thread instead of being copied, where they have their memory alone. */
export const movedBytes = 64 * 1024

/** Joins the bodies of one message, so that many small ones cost one piece of memory. */
export class BodyPacker {
  private readonly pieces: Uint8Array[] = []
  private readonly moved: ArrayBuffer[] = []
  private byteCount = 0

  /** Copies. */
  add(body: Uint8Array): PackedBody {
    this.pieces.push(body)
    this.byteCount += body.length
    return body.length
  }

  /** Moves the memory: the caller's view of it is empty once the message is sent. */
  move(body: Uint8Array): PackedBody {
    this.moved.push(body.buffer as ArrayBuffer)
    return body
  }

  /** The block, and all that is to be moved with the message. */
  finish(): { readonly block: Uint8Array | undefined; readonly moved: readonly ArrayBuffer[] } {
    if (this.byteCount === 0) return { block: undefined, moved: this.moved }
    const block = Buffer.allocUnsafeSlow(this.byteCount)
    let offset = 0
    for (const piece of this.pieces) {
      block.set(piece, offset)
      offset += piece.length
    }
    return { block, moved: [...this.moved, block.buffer as ArrayBuffer] }
  }
}

/** Takes the bodies out again, in the order in which they were added. */
export function bodyReader(block: Uint8Array | undefined): (body: PackedBody) => Uint8Array {
  let offset = 0
  return (body) => {
    if (typeof body !== 'number') return body
    if (!block) return nothing
    offset += body
    return block.subarray(offset - body, offset)
  }
}

/** Large enough to be moved, and sharing its memory with nothing. */
export const isMovable = (body: Uint8Array): boolean =>
  body.length >= movedBytes && body.length === body.buffer.byteLength && body.buffer instanceof ArrayBuffer

const nothing = new Uint8Array(0)
