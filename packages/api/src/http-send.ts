import * as http from 'node:http'
import * as https from 'node:https'
import { type Bytes, type HttpRequest, type HttpResponse, heldBytes } from './http.ts'

/** Carries a request to one server. Its answer's body must be read, or the request's signal aborted. */
export type Send = (request: HttpRequest) => Promise<HttpResponse>

export interface SendOptions {
  /** `http://127.0.0.1:8400`; a path in it goes before every target. */
  readonly endpoint: string
  /** The longest wait for the peer to take or give a byte; 80, as long as AWS's clients wait. */
  readonly silenceSeconds?: number
}

/**
 * Over node:http or node:https, on connections that are kept for the next request. A body that streams gets a
 * connection of its own: it could not be sent again if a kept one turned out to be closing.
 * Rejects with ConnectionError, or with the reason of the request's signal.
 */
export function httpSend({ endpoint, silenceSeconds = 80 }: SendOptions): Send {
  const url = new URL(endpoint)
  const library = url.protocol === 'https:' ? https : http
  const agent = new library.Agent({ keepAlive: true })
  const prefix = url.pathname.replace(/\/$/, '')
  return async (request) => {
    request.signal.throwIfAborted()
    const outgoing = library.request({
      protocol: url.protocol,
      hostname: url.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: url.port,
      method: request.method,
      path: prefix + request.target,
      headers: Object.fromEntries(request.headers),
      agent: heldBytes(request.body) ? agent : false,
      signal: request.signal,
    })
    return exchange(outgoing, request, { url, silenceMillis: silenceSeconds * 1000 })
  }
}

/** No answer, or half of one: the peer is not there, has gone, or is silent. */
export class ConnectionError extends Error {}

interface Peer {
  readonly url: URL
  readonly silenceMillis: number
}

async function exchange(
  outgoing: http.ClientRequest,
  request: HttpRequest,
  peer: Peer,
): Promise<HttpResponse> {
  try {
    const incoming = await responseTo(outgoing, request.body, peer)
    const headers = new Headers()
    for (const [name, values] of Object.entries(incoming.headersDistinct)) {
      for (const value of values ?? []) headers.append(name, value)
    }
    return { status: incoming.statusCode ?? 0, headers, body: received(incoming, request.signal, peer) }
  } catch (error) {
    outgoing.destroy()
    throw asConnectionError(error, request.signal, peer)
  }
}

/** Sends the body and waits for the answer's head, whichever comes first. */
async function responseTo(
  outgoing: http.ClientRequest,
  body: Bytes,
  peer: Peer,
): Promise<http.IncomingMessage> {
  const upload = { isRefused: false }
  const answered = new Promise<http.IncomingMessage>((resolve, reject) => {
    outgoing.once('response', (incoming) => {
      upload.isRefused = (incoming.statusCode ?? 0) >= 300
      resolve(incoming)
    })
    // `on`, since a request that is destroyed may still fail after it was answered.
    outgoing.on('error', reject)
  })
  const sent = pump(outgoing, body, { peer, upload }).catch((error: Error) => outgoing.destroy(error))
  await Promise.race([sent, answered])
  return within(answered, outgoing, peer)
}

async function pump(
  outgoing: http.ClientRequest,
  body: Bytes,
  { peer, upload }: { readonly peer: Peer; readonly upload: { readonly isRefused: boolean } },
): Promise<void> {
  const held = heldBytes(body)
  if (held) {
    outgoing.end(held)
    return
  }
  for await (const chunk of body) {
    if (upload.isRefused || outgoing.destroyed) return
    if (!outgoing.write(chunk)) await within(drained(outgoing), outgoing, peer)
  }
  outgoing.end()
}

const drained = (outgoing: http.ClientRequest) =>
  new Promise<void>((resolve) => {
    const done = () => {
      outgoing.off('drain', done).off('close', done)
      resolve()
    }
    outgoing.on('drain', done).on('close', done)
  })

async function* received(incoming: http.IncomingMessage, signal: AbortSignal, peer: Peer): Bytes {
  const chunks: AsyncIterator<Uint8Array> = incoming[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await within(chunks.next(), incoming, peer)
      if (next.done) return
      yield next.value
    }
  } catch (error) {
    throw asConnectionError(error, signal, peer)
  } finally {
    if (!incoming.readableEnded) incoming.destroy()
  }
}

/** Waits for the peer, and hangs up on its silence. */
async function within<T>(
  wait: Promise<T>,
  stream: { destroy(error: Error): unknown },
  peer: Peer,
): Promise<T> {
  const seconds = peer.silenceMillis / 1000
  const timer = setTimeout(
    () => stream.destroy(new Error(`silent for ${seconds} seconds`)),
    peer.silenceMillis,
  )
  try {
    return await wait
  } finally {
    clearTimeout(timer)
  }
}

function asConnectionError(error: unknown, signal: AbortSignal, { url }: Peer): unknown {
  if (signal.aborted) return signal.reason
  if (error instanceof ConnectionError) return error
  const reason = error instanceof Error ? error.message || ('code' in error ? error.code : error.name) : error
  return new ConnectionError(`no answer from ${url.origin}: ${reason}`, { cause: error })
}
