import {
  type ClientHttp2Session,
  type ClientSessionOptions,
  connect as connectHttp2,
  type IncomingHttpHeaders,
} from 'node:http2'
import { expect, vi } from 'vitest'
import { StatusError } from '../../status.ts'
import type { CallContext, UnaryMethod } from '../transport/method.ts'
import { startTransport, type Transport, type TransportOptions } from '../transport/transport.ts'

export const limitBytes = 8 * 1024 * 1024

/** Calls of the method that waits, and what lets each go. */
export const waiting: { readonly context: CallContext; readonly go: () => void }[] = []

/** Resolves once so many calls wait. */
export const waitsFor = (count: number): Promise<void> =>
  eventually(() => expect(waiting).toHaveLength(count))

export const eventually = (check: () => void): Promise<void> =>
  vi.waitFor(check, { timeout: 30_000, interval: 5 })

/** A transport of four methods: /a.B/Echo, Fail, Wait, and the stream Double. */
export const openEcho = (more: Partial<TransportOptions> = {}): Promise<Transport> =>
  startTransport({
    ...{ host: '127.0.0.1', port: 0, limitBytes },
    methods: {
      unary: new Map<string, UnaryMethod>([
        ['/a.B/Echo', async (bytes) => bytes],
        ['/a.B/Fail', async () => Promise.reject(new StatusError('NOT_FOUND', 'no 100 % größe\n'))],
        [
          '/a.B/Wait',
          (bytes, context) => new Promise((go) => void waiting.push({ context, go: () => go(bytes) })),
        ],
      ]),
      streams: new Map([
        [
          '/a.B/Double',
          async function* double(requests) {
            for await (const bytes of requests) yield Buffer.concat([bytes, bytes])
          },
        ],
      ]),
    },
    ...more,
  })

/** Node's own client, which hears no error: its calls do. */
export function sessionWith(to: Transport, options: ClientSessionOptions = {}): ClientHttp2Session {
  const made = connectHttp2(`http://127.0.0.1:${to.port}`, options)
  made.on('error', () => undefined)
  return made
}

export interface Answer {
  readonly headers: IncomingHttpHeaders
  readonly trailers: IncomingHttpHeaders
  readonly body: Buffer
}

export const grpcHeaders = { ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers' }

export async function ask(
  by: ClientHttp2Session,
  path: string,
  body: Uint8Array,
  more: Record<string, string> = {},
): Promise<Answer> {
  const stream = by.request({ ':path': path, ...grpcHeaders, ...more })
  let [headers, trailers]: IncomingHttpHeaders[] = [{}, {}]
  stream.once('response', (found) => {
    headers = found
  })
  stream.once('trailers', (found) => {
    trailers = found
  })
  stream.end(body)
  const parts: Buffer[] = []
  for await (const part of stream) parts.push(part)
  return { headers: headers ?? {}, trailers: trailers ?? {}, body: Buffer.concat(parts) }
}

export const statusOf = ({ headers, trailers }: Answer) => trailers['grpc-status'] ?? headers['grpc-status']
