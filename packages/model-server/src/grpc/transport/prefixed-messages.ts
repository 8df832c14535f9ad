import { encodings, type UnpackOptions, unpack } from '../../compression/unpack.ts'
import { StatusError } from '../../status.ts'

/** Before each message: whether it is compressed, and its length. Source: gRPC over HTTP/2, Length-Prefixed-Message. */
const prefixBytes = 5

/** Puts the prefix before a message. */
export function prefixed(message: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(prefixBytes + message.length)
  bytes[0] = 0
  bytes.writeUInt32BE(message.length, 1)
  bytes.set(message, prefixBytes)
  return bytes
}

export interface RawMessage {
  readonly isCompressed: boolean
  /** A view of what was received where it came in one piece. */
  readonly bytes: Buffer
}

/** Puts messages together from the pieces in which they come. */
export class MessageReader {
  private readonly limitBytes: number
  private pieces: Buffer[] = []
  private pieceBytes = 0

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes
  }

  /** True between messages. */
  get isEmpty(): boolean {
    return this.pieceBytes === 0
  }

  /** The messages that are complete with this piece. Throws StatusError RESOURCE_EXHAUSTED for one above the limit. */
  push(piece: Buffer): RawMessage[] {
    if (piece.length > 0) this.pieces.push(piece)
    this.pieceBytes += piece.length
    const messages: RawMessage[] = []
    while (this.pieceBytes >= prefixBytes) {
      const head = this.joined(prefixBytes)
      const end = prefixBytes + this.lengthIn(head)
      if (end > this.pieceBytes) break
      const bytes = this.joined(end)
      messages.push({ isCompressed: bytes[0] === 1, bytes: bytes.subarray(prefixBytes, end) })
      this.pieces = bytes.length > end ? [bytes.subarray(end)] : []
      this.pieceBytes -= end
    }
    return messages
  }

  /** The first piece, which holds at least that much. Joined only once all of it is there, or its head is cut. */
  private joined(byteCount: number): Buffer {
    const [first] = this.pieces
    if (first && first.length >= byteCount) return first
    const all = Buffer.concat(this.pieces)
    this.pieces = [all]
    return all
  }

  private lengthIn(head: Buffer): number {
    const length = head.readUInt32BE(1)
    if (length <= this.limitBytes) return length
    throw new StatusError(
      'RESOURCE_EXHAUSTED',
      `Received message larger than max (${length} vs. ${this.limitBytes})`,
    )
  }
}

export const acceptedEncodings = ['identity', ...encodings].join(',')

/**
 * Throws StatusError UNIMPLEMENTED for an encoding that is not known, INTERNAL for what is not in it or too large,
 * CANCELLED.
 */
export async function unpacked(
  bytes: Buffer,
  encoding: string,
  { limitBytes, isAbandoned }: Omit<UnpackOptions, 'encoding'>,
): Promise<Buffer> {
  const known = encodings.find((one) => one === encoding)
  if (!known) throw new StatusError('UNIMPLEMENTED', `Compression algorithm "${encoding}" is not supported`)
  try {
    return await unpack(bytes, { encoding: known, limitBytes, isAbandoned })
  } catch (cause) {
    if (cause instanceof StatusError) throw cause
    throw new StatusError('INTERNAL', `The message is not in ${encoding}, or too large`, { cause })
  }
}
