import { createServer, type ListenOptions, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { Connection, type ConnectionOptions } from '../http2/connection.ts'
import { ConnectionLife, lookMillis } from '../http2/connection-life.ts'
import { openCall } from './calls.ts'
import { type ChannelSettings, usualChannelSettings } from './channel-arguments.ts'
import { removeDeadSocket } from './dead-socket.ts'
import type { GrpcMethods } from './method.ts'

/** PEM text. */
export interface TlsOptions {
  readonly serverKey: string
  readonly serverCert: string
  /** Who signs clients' certificates; empty: whoever the system trusts. */
  readonly customCa: string
  readonly clientVerify: boolean
}

export interface TransportOptions {
  readonly methods: GrpcMethods
  readonly host: string
  /** 0: a free one; undefined: none. */
  readonly port: number | undefined
  readonly socketPath?: string | undefined
  readonly tls?: TlsOptions | undefined
  /** Of a request. */
  readonly limitBytes: number
  /** Default: `usualChannelSettings`. */
  readonly channel?: ChannelSettings | undefined
}

export interface Transport {
  /** Undefined without one. */
  readonly port: number | undefined
  /** Takes no new calls, lets those under way end, and cuts off what is left after that time. */
  close(graceSeconds: number): Promise<void>
}

/** Resolves once all addresses are open; rejects, with none open, where one cannot be. */
export async function startTransport(options: TransportOptions): Promise<Transport> {
  const listeners: Listener[] = []
  try {
    const { host, port, socketPath } = options
    const tcp = port === undefined ? undefined : await listen(options, { host, port })
    if (tcp) listeners.push(tcp)
    if (socketPath !== undefined) {
      await removeDeadSocket(socketPath)
      listeners.push(await listen(options, { path: socketPath }))
    }
    return { port: tcp?.port, close: (graceSeconds) => closeAll(listeners, graceSeconds) }
  } catch (error) {
    await closeAll(listeners, 0)
    throw error
  }
}

interface Listener {
  readonly server: Server
  readonly port: number | undefined
  readonly connections: Set<Connection>
  readonly watch: NodeJS.Timeout | undefined
  /** Of all connections, also of those that TLS has not agreed on yet. */
  readonly sockets: Set<Socket>
}

async function listen(options: TransportOptions, address: ListenOptions): Promise<Listener> {
  const channel = options.channel ?? usualChannelSettings
  const lives = new Map<Connection, ConnectionLife>()
  const connections = new Set<Connection>()
  const connectionOptions = connectionOptionsOf(options, channel)
  const server = serverFor(options.tls, (socket) => {
    const connection = new Connection(socket, connectionOptions)
    connections.add(connection)
    lives.set(connection, new ConnectionLife(channel, performance.now(), Math.random()))
    socket.once('close', () => {
      connections.delete(connection)
      lives.delete(connection)
    })
  })
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(address, resolve)
  })
  const bound = server.address()
  const port = typeof bound === 'object' ? bound?.port : undefined
  return { server, connections, sockets, watch: watchLives(lives, channel), port }
}

/** Undefined where no connection ends for its age or its silence. */
function watchLives(
  lives: ReadonlyMap<Connection, ConnectionLife>,
  channel: ChannelSettings,
): NodeJS.Timeout | undefined {
  const millis = lookMillis(channel)
  if (millis === undefined) return undefined
  const look = (): void => {
    const now = performance.now()
    for (const [connection, life] of lives) {
      const action = life.look(connection.sight, now)
      if (action !== 'wait') connection[action]()
    }
  }
  return setInterval(look, millis).unref()
}

function connectionOptionsOf(
  { methods, limitBytes }: TransportOptions,
  { maxStreams, maxHeaderBytes, receiveLimitBytes, sendLimitBytes }: ChannelSettings,
): ConnectionOptions {
  const limits = { limitBytes: Math.min(limitBytes, receiveLimitBytes), sendLimitBytes }
  return {
    open: (headers, response) => openCall({ methods, ...limits }, headers, response),
    maxStreams,
    maxHeaderBytes,
  }
}

function serverFor(tls: TlsOptions | undefined, onSocket: (socket: Socket) => void): Server {
  if (!tls) return createServer({ noDelay: true }, onSocket)
  const { serverKey: key, serverCert: cert, customCa, clientVerify } = tls
  const certificates = { key, cert, ...(customCa === '' ? {} : { ca: customCa }) }
  const asking = { requestCert: clientVerify, rejectUnauthorized: clientVerify, ALPNProtocols: ['h2'] }
  return createTlsServer({ ...certificates, ...asking }, onSocket)
}

async function closeAll(listeners: readonly Listener[], graceSeconds: number): Promise<void> {
  const closed = listeners.map(({ server }) => new Promise<void>((resolve) => server.close(() => resolve())))
  for (const { connections } of listeners) for (const connection of connections) connection.close()
  const cut = setTimeout(() => {
    for (const { sockets } of listeners) for (const socket of sockets) socket.destroy()
  }, graceSeconds * 1000)
  await Promise.all(closed)
  clearTimeout(cut)
  for (const { watch } of listeners) clearInterval(watch)
}
