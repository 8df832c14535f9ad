/** Source: RFC 9113, sections 6 and 7. */
export const frameTypes = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const

export const frameFlags = { endStream: 1, ack: 1, endHeaders: 4, padded: 8, priority: 32 } as const

export const errorCodes = {
  noError: 0,
  protocolError: 1,
  internalError: 2,
  flowControlError: 3,
  streamClosed: 5,
  frameSizeError: 6,
  refusedStream: 7,
  cancel: 8,
  compressionError: 9,
  enhanceYourCalm: 11,
} as const

/** Ends the connection. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError'
  /** Of `errorCodes`. */
  readonly code: number
  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

export interface Frame {
  readonly type: number
  readonly flags: number
  readonly stream: number
  /** A view of what was received. */
  readonly payload: Buffer
}

export const headBytes = 9

/** What both sides may send as one frame until they are told otherwise. */
export const usualFrameBytes = 16_384

export function writeHead(
  target: Buffer,
  position: number,
  { type, flags, stream, length }: Omit<Frame, 'payload'> & { readonly length: number },
): number {
  target[position] = length >>> 16
  target[position + 1] = length >>> 8
  target[position + 2] = length
  target[position + 3] = type
  target[position + 4] = flags
  return target.writeUInt32BE(stream, position + 5)
}

export function frame({
  type,
  flags,
  stream,
  payload,
}: Omit<Frame, 'payload'> & { payload: Uint8Array }): Buffer {
  const bytes = Buffer.allocUnsafe(headBytes + payload.length)
  writeHead(bytes, 0, { type, flags, stream, length: payload.length })
  bytes.set(payload, headBytes)
  return bytes
}

/** The payload without its padding. Throws ConnectionError. */
export function unpadded({ flags, payload }: Frame): Buffer {
  if ((flags & frameFlags.padded) === 0) return payload
  const padding = payload[0] ?? 0
  if (padding >= payload.length)
    throw new ConnectionError(errorCodes.protocolError, 'more padding than frame')
  return payload.subarray(1, payload.length - padding)
}

const nothing = Buffer.alloc(0)

/** Cuts what a socket delivers into frames. */
export class FrameReader {
  private rest: Buffer = nothing

  /**
   * Hands on one frame after the other until `take` says false: those behind it come with the next push, which may be
   * of nothing. False where it ended so. Throws ConnectionError for a frame that is too large, and whatever `take` throws.
   */
  push(chunk: Buffer, take: (frame: Frame) => unknown): boolean {
    const bytes = this.rest.length === 0 ? chunk : joined(this.rest, chunk)
    let position = 0
    let goesOn = true
    while (goesOn && bytes.length - position >= headBytes) {
      const length = bytes.readUIntBE(position, 3)
      if (length > usualFrameBytes) throw new ConnectionError(errorCodes.frameSizeError, 'a frame too large')
      const end = position + headBytes + length
      if (end > bytes.length) break
      const payload = bytes.subarray(position + headBytes, end)
      const stream = bytes.readUInt32BE(position + 5) % 2 ** 31
      goesOn =
        take({ type: bytes[position + 3] ?? 0, flags: bytes[position + 4] ?? 0, stream, payload }) !== false
      position = end
    }
    this.rest = position === bytes.length ? nothing : bytes.subarray(position)
    return goesOn
  }
}

const joined = (rest: Buffer, chunk: Buffer): Buffer =>
  chunk.length === 0 ? rest : Buffer.concat([rest, chunk])
