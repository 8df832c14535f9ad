/**
 * What the server and a Python worker say to each other; see python/sagebrush_handlers/frames.py for the bytes.
 * To the worker: request, answer, forget. From it: the others.
 */
export const frameKinds = {
  request: 1,
  answer: 2,
  forget: 3,
  ready: 16,
  unfit: 17,
  call: 18,
  result: 19,
  error: 20,
  ended: 21,
} as const

export interface Frame {
  readonly kind: number
  readonly id: number
  /** From JSON; undefined where there is none. */
  readonly meta: unknown
  readonly body: Uint8Array
}

const headBytes = 13

/** Head and meta; the body follows as it is. */
export function frameHead({ kind, id, meta, body }: Frame): Buffer {
  const text = meta === undefined ? '' : JSON.stringify(meta)
  const metaBytes = Buffer.byteLength(text)
  const head = Buffer.allocUnsafe(headBytes + metaBytes)
  head.writeUInt8(kind, 0)
  head.writeUInt32LE(id, 1)
  head.writeUInt32LE(metaBytes, 5)
  head.writeUInt32LE(body.length, 9)
  head.write(text, headBytes)
  return head
}

/** Puts frames together from the pieces that a socket brings. */
export class FrameReader {
  private pieces: Buffer[] = []
  private available = 0
  private wanted = headBytes

  push(piece: Buffer): Frame[] {
    this.pieces.push(piece)
    this.available += piece.length
    const frames: Frame[] = []
    while (this.available >= this.wanted) {
      const bytes = this.joined()
      const metaBytes = bytes.readUInt32LE(5)
      const total = headBytes + metaBytes + bytes.readUInt32LE(9)
      this.wanted = total
      if (bytes.length < total) break
      frames.push(frameOf(bytes, metaBytes, total))
      this.keep(bytes.subarray(total))
    }
    return frames
  }

  private joined(): Buffer {
    const [first] = this.pieces
    const bytes = this.pieces.length === 1 && first ? first : Buffer.concat(this.pieces, this.available)
    this.pieces = [bytes]
    return bytes
  }

  private keep(rest: Buffer): void {
    this.pieces = rest.length > 0 ? [rest] : []
    this.available = rest.length
    this.wanted = headBytes
  }
}

function frameOf(bytes: Buffer, metaBytes: number, total: number): Frame {
  const bodyStart = headBytes + metaBytes
  return {
    kind: bytes.readUInt8(0),
    id: bytes.readUInt32LE(1),
    meta: metaBytes === 0 ? undefined : JSON.parse(bytes.toString('utf8', headBytes, bodyStart)),
    body: bytes.subarray(bodyStart, total),
  }
}
