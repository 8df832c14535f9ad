import { createServer, type ListenOptions, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { openCall } from './calls.ts'
import { Connection, type ConnectionOptions } from './http2/connection.ts'
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
  /** `grpc.max_concurrent_streams` and `grpc.max_metadata_size` of gRPC's names; others change nothing. */
  readonly channelArguments?: ReadonlyMap<string, string>
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
    if (socketPath !== undefined) listeners.push(await listen(options, { path: socketPath }))
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
  /** Of all connections, also of those that TLS has not agreed on yet. */
  readonly sockets: Set<Socket>
}

async function listen(options: TransportOptions, address: ListenOptions): Promise<Listener> {
  const connections = new Set<Connection>()
  const connectionOptions = connectionOptionsOf(options)
  const server = serverFor(options.tls, (socket) => {
    const connection = new Connection(socket, connectionOptions)
    connections.add(connection)
    socket.once('close', () => connections.delete(connection))
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
  return { server, connections, sockets, port: typeof bound === 'object' ? bound?.port : undefined }
}

function connectionOptionsOf({ methods, limitBytes, channelArguments }: TransportOptions): ConnectionOptions {
  const argument = (name: string, usual: number): number =>
    Number(channelArguments?.get(name) ?? usual) || usual
  return {
    open: (headers, response) => openCall({ methods, limitBytes }, headers, response),
    maxStreams: argument('grpc.max_concurrent_streams', 4096),
    maxHeaderBytes: argument('grpc.max_metadata_size', 64 * 1024),
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
}
