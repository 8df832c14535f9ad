import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { type Bytes, type HttpResponse, heldBytes } from '@sagebrush/api'

export interface WriteResponseOptions {
  /** The connection ends with this answer. */
  readonly isLast: boolean
  /** How long the client may take no more of the answer. */
  readonly stallMillis: number
}

/**
 * Resolves when the last byte is handed to the system, or the client is gone. Reads the body no faster than the client
 * takes it, and lets go of it in every case. Rejects with the body's own error: the answer is then incomplete.
 */
export async function writeResponse(
  target: ServerResponse,
  response: HttpResponse,
  options: WriteResponseOptions,
): Promise<void> {
  const held = heldBytes(response.body)
  target.writeHead(response.status, headersOf(response, held, options.isLast))
  if (target.req.method === 'HEAD' || isBodiless(response.status)) {
    target.end()
    await response.body[Symbol.asyncIterator]().return?.()
  } else if (held !== undefined) target.end(held)
  else await writeBody(target, response.body, options.stallMillis)
}

function isBodiless(status: number): boolean {
  return status === 204 || status === 304
}

function headersOf(response: HttpResponse, held: Uint8Array | undefined, isLast: boolean): string[] {
  const headers: string[] = []
  for (const [name, value] of response.headers)
    if (!isFraming(name, response.status)) headers.push(name, value)
  const needsLength =
    held !== undefined && !isBodiless(response.status) && !response.headers.has('content-length')
  if (needsLength) headers.push('content-length', String(held.length))
  if (isLast) headers.push('connection', 'close')
  return headers
}

/** A 204 has no length, and connections are not the business of an answer. */
function isFraming(name: string, status: number): boolean {
  return (
    name === 'connection' || name === 'transfer-encoding' || (name === 'content-length' && status === 204)
  )
}

async function writeBody(target: ServerResponse, body: Bytes, stallMillis: number): Promise<void> {
  for await (const piece of body) {
    if (target.destroyed) return
    if (!target.write(piece)) await drained(target, stallMillis)
  }
  target.end()
}

/** Resolves when the client has taken what was written, or is gone; one that takes nothing for too long is cut off. */
async function drained(target: ServerResponse, stallMillis: number): Promise<void> {
  if (target.destroyed) return
  const done = new AbortController()
  const deadline = setTimeout(() => target.destroy(), stallMillis)
  try {
    await Promise.race([once(target, 'drain', done), once(target, 'close', done)])
  } finally {
    clearTimeout(deadline)
    done.abort()
  }
}
