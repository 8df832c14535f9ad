export type Bytes = AsyncIterable<Uint8Array>

/** A body held in memory: it may be read again, and its length is known. */
export interface HeldBytes extends Bytes {
  readonly held: Uint8Array
}

/** A request as any server or client here sees it. */
export interface HttpRequest {
  readonly method: string
  /** Path and query exactly as sent, still percent-encoded: S3 keys and signatures need the raw text. */
  readonly target: string
  readonly headers: Headers
  readonly body: Bytes
  /** Aborted when the peer goes away or the deadline passes. */
  readonly signal: AbortSignal
}

export interface HttpResponse {
  readonly status: number
  readonly headers: Headers
  readonly body: Bytes
}

/** `/bucket/a%20b?list-type=2` → raw path and raw query (without the `?`). */
export function splitTarget(target: string): { readonly path: string; readonly query: string } {
  const mark = target.indexOf('?')
  return mark < 0
    ? { path: target, query: '' }
    : { path: target.slice(0, mark), query: target.slice(mark + 1) }
}

/** Pieces as one body held in memory; of one piece its own memory. */
export function bytesOf(...chunks: readonly (Uint8Array | string)[]): HeldBytes {
  const parts = chunks.map((chunk) => (typeof chunk === 'string' ? Buffer.from(chunk) : chunk))
  const [only] = parts
  const held = parts.length === 1 && only ? only : Buffer.concat(parts)
  return {
    held,
    async *[Symbol.asyncIterator]() {
      if (held.length > 0) yield held
    },
  }
}

/** The bytes of a body that `bytesOf` made; undefined for one that streams. */
export function heldBytes(body: Bytes): Uint8Array | undefined {
  return 'held' in body && body.held instanceof Uint8Array ? body.held : undefined
}

/** Holds a whole body in memory. Throws RangeError past `limitBytes`. */
export async function readAll(body: Bytes, limitBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let sizeBytes = 0
  for await (const chunk of body) {
    sizeBytes += chunk.length
    if (sizeBytes > limitBytes) throw new RangeError(`body is larger than ${limitBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, sizeBytes)
}
