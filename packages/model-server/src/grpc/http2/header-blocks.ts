import { ConnectionError, errorCodes, type Frame, frameFlags, frameTypes, unpadded } from './frames.ts'

/** Of one request's headers: parts may be empty. */
const mostParts = 64
/** Times the limit for headers: up to there only their own request is refused, beyond it the connection ends. */
const readTimes = 4

export interface HeaderBlock {
  /** Compressed. */
  readonly bytes: Buffer
  /** The headers are the whole request. */
  readonly isEnd: boolean
  readonly isTooLarge: boolean
}

/** Puts together the headers that go on over several frames. */
export class HeaderBlocks {
  private readonly maxBytes: number
  private unfinished:
    | { readonly stream: number; readonly isEnd: boolean; readonly parts: Buffer[] }
    | undefined

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes
  }

  /** Throws ConnectionError for anything else between the frames of one block. */
  checkOrder({ type, stream }: Frame): void {
    const goesOn = type === frameTypes.continuation && stream === this.unfinished?.stream
    if ((this.unfinished !== undefined || type === frameTypes.continuation) && !goesOn) {
      throw new ConnectionError(errorCodes.protocolError, 'headers that do not go on')
    }
  }

  /** Takes a HEADERS or CONTINUATION frame; undefined where the block goes on. Throws ConnectionError. */
  take(one: Frame): HeaderBlock | undefined {
    const isFirst = one.type === frameTypes.headers
    const block = isFirst ? withoutPriority(one) : one.payload
    const isEnd = (one.flags & frameFlags.endStream) !== 0
    const { unfinished = { stream: one.stream, isEnd, parts: [] } } = this
    const { parts } = unfinished
    parts.push(block)
    const byteCount = parts.reduce((sum, part) => sum + part.length, 0)
    if (byteCount > this.maxBytes * readTimes || parts.length > mostParts) {
      throw new ConnectionError(errorCodes.enhanceYourCalm, 'headers too large')
    }
    const isWhole = (one.flags & frameFlags.endHeaders) !== 0
    this.unfinished = isWhole ? undefined : unfinished
    if (!isWhole) return undefined
    const bytes = parts.length === 1 ? block : Buffer.concat(parts)
    return { bytes, isEnd: unfinished.isEnd, isTooLarge: byteCount > this.maxBytes }
  }
}

function withoutPriority(one: Frame): Buffer {
  const block = unpadded(one)
  if ((one.flags & frameFlags.priority) === 0) return block
  if (block.length < 5) throw new ConnectionError(errorCodes.frameSizeError, 'no priority')
  return block.subarray(5)
}
