import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Face, type FaceResponse, jsonResponse } from './faces/http.ts'
import { encodeError } from './formats/json/encode-predict.ts'

export interface HttpServerOptions {
  readonly host: string
  readonly port: number
  readonly bodyLimitBytes: number
  readonly face: Face
}

export interface HttpServer {
  readonly host: string
  readonly port: number
  /** Takes no new connections, lets requests under way end, and cuts off what is left after that time. */
  close(graceSeconds: number): Promise<void>
}

/** Resolves once the port is open; rejects with Node's error otherwise. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const server = createServer((request, response) => {
    serve(request, response, options).catch(() => response.destroy())
  })
  // Longer than load balancers and our own clients keep an idle connection, so that it is they who close it.
  server.keepAliveTimeout = 75_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, resolve)
  })
  const { port, address } = server.address() as AddressInfo
  return { host: address, port, close: (graceSeconds) => close(server, graceSeconds) }
}

async function close(server: Server, graceSeconds: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  const idle = setInterval(() => server.closeIdleConnections(), 50)
  const cut = setTimeout(() => server.closeAllConnections(), graceSeconds * 1000)
  try {
    await closed
  } finally {
    clearInterval(idle)
    clearTimeout(cut)
  }
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  { face, bodyLimitBytes }: HttpServerOptions,
): Promise<void> {
  const body = await readBody(request, bodyLimitBytes)
  if (body === 'cut off') return
  if (body === 'too large') {
    // The rest of the body is not read, so the connection cannot be used again.
    const refusal = jsonResponse(413, encodeError(`Request body larger than ${bodyLimitBytes} bytes`))
    response.shouldKeepAlive = false
    response.once('finish', () => request.destroy())
    send(response, refusal)
    return
  }
  const { method = '', url = '', headers } = request
  const answer = await face({
    method,
    target: url,
    header: (name) => {
      const value = headers[name]
      return typeof value === 'string' ? value : value?.join(', ')
    },
    body,
    isAbandoned: () => response.destroyed,
  })
  sendWithTurn(response, answer)
}

const outbox: { readonly response: ServerResponse; readonly answer: FaceResponse }[] = []

/**
 * Writes the answers that one turn of the event loop makes together, at its end. A write wakes the client, and
 * waking one that has gone to sleep again after each is dear: half_plus_two at 32 connections, 2.2 × the requests.
 */
function sendWithTurn(response: ServerResponse, answer: FaceResponse): void {
  outbox.push({ response, answer })
  if (outbox.length > 1) return
  setImmediate(() => {
    for (const waiting of outbox.splice(0))
      if (!waiting.response.destroyed) send(waiting.response, waiting.answer)
  })
}

function send(response: ServerResponse, { status, headers, body }: FaceResponse): void {
  response.writeHead(status, { ...headers, 'content-length': body.length })
  response.end(body)
}

function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer | 'too large' | 'cut off'> {
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) return Promise.resolve('too large')
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let byteCount = 0
    request.on('data', (chunk: Buffer) => {
      byteCount += chunk.length
      if (byteCount > limitBytes) {
        request.pause()
        resolve('too large')
      } else chunks.push(chunk)
    })
    request.once('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)))
    request.once('close', () => resolve('cut off'))
  })
}
