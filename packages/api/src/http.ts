export type Bytes = AsyncIterable<Uint8Array>

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

export async function* bytesOf(...chunks: readonly (Uint8Array | string)[]): Bytes {
  for (const chunk of chunks)
    if (chunk.length > 0) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk
}

/** Holds a whole body in memory. Throws RangeError past `limitBytes`. */
export async function readAll(body: Bytes, limitBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > limitBytes) throw new RangeError(`body is larger than ${limitBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size)
}
