import { type AddressInfo, createServer, type Server } from 'node:net'
import type { Face } from '../faces/http.ts'
import { Connection } from './connection.ts'
import { type Deadlines, usualDeadlines } from './deadlines.ts'

export interface HttpServerOptions {
  readonly host: string
  readonly port: number
  readonly bodyLimitBytes: number
  readonly face: Face
  /** Default: `usualDeadlines`. */
  readonly deadlines?: Partial<Deadlines>
  /**
   * On closing, for the requests that clients of idle connections have sent before they could know: each is answered
   * and told to come back elsewhere. Default: 200, and never longer than the closing may take.
   */
  readonly farewellMillis?: number
}

export interface HttpServer {
  readonly host: string
  readonly port: number
  /** Takes no new connections, lets requests under way end, and cuts off what is left after that time. */
  close(graceSeconds: number): Promise<void>
}

/** HTTP/1.1 and 1.0. Resolves once the port is open; rejects with Node's error otherwise. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { face, bodyLimitBytes, farewellMillis = 200 } = options
  const deadlines = { ...usualDeadlines, ...options.deadlines }
  const connections = new Set<Connection>()
  const settings = { face, bodyLimitBytes, deadlines, flushLater: turnEnds() }
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const connection = new Connection(socket, settings)
    connections.add(connection)
    socket.once('close', () => connections.delete(connection))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, resolve)
  })
  const watch = watchDeadlines(connections, deadlines)
  const { port, address } = server.address() as AddressInfo
  return { host: address, port, close }

  async function close(graceSeconds: number): Promise<void> {
    await drain(server, connections, { farewellMillis, graceSeconds })
    clearInterval(watch)
  }
}

/**
 * Writes the answers that one turn of the event loop makes together, at its end. A write wakes the client, and
 * waking one that has gone to sleep again after each is dear: half_plus_two at 32 connections, 2.2 × the requests.
 */
function turnEnds(): (connection: Connection) => void {
  let waiting: Connection[] = []
  const flush = (): void => {
    const connections = waiting
    waiting = []
    for (const connection of connections) connection.flush()
  }
  return (connection) => {
    if (waiting.push(connection) === 1) setImmediate(flush)
  }
}

function watchDeadlines(connections: ReadonlySet<Connection>, deadlines: Deadlines): NodeJS.Timeout {
  const shortest = Math.min(...Object.values(deadlines))
  const check = (): void => {
    const now = performance.now()
    for (const connection of connections) connection.checkDeadline(now)
  }
  return setInterval(check, Math.min(shortest / 4, 1000)).unref()
}

async function drain(
  server: Server,
  connections: ReadonlySet<Connection>,
  { farewellMillis, graceSeconds }: { readonly farewellMillis: number; readonly graceSeconds: number },
): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  for (const connection of connections) connection.answerLast()
  const farewell = setTimeout(
    () => {
      for (const connection of connections) connection.endIfIdle()
    },
    Math.min(farewellMillis, graceSeconds * 1000),
  )
  const cut = setTimeout(() => {
    for (const connection of connections) connection.destroy()
  }, graceSeconds * 1000)
  try {
    await closed
  } finally {
    clearTimeout(farewell)
    clearTimeout(cut)
  }
}
