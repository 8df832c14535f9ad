import { once } from 'node:events'
import {
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type sendUnaryData,
} from '@grpc/grpc-js'
import { asStatusError, type StatusError, statusCodeNumber } from '../status.ts'
import type { GrpcMethods, StreamMethod, UnaryMethod } from './method.ts'

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
  /** As grpc-js names them; numbers as numbers. */
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
  const server = new Server({
    ...channelOptions(options.channelArguments),
    'grpc.max_receive_message_length': options.limitBytes,
    'grpc.max_send_message_length': -1,
  })
  const { unary, streams } = options.methods
  for (const [path, method] of unary) {
    server.register(path, unaryHandler(method), sameBytes, sameBytes, 'unary')
  }
  for (const [path, method] of streams) {
    server.register(path, streamHandler(method), sameBytes, sameBytes, 'bidi')
  }
  try {
    const address = options.host.includes(':') ? `[${options.host}]` : options.host
    const port =
      options.port === undefined ? undefined : await bind(server, `${address}:${options.port}`, options.tls)
    if (options.socketPath !== undefined) await bind(server, `unix:${options.socketPath}`, options.tls)
    return { port, close: (graceSeconds) => close(server, graceSeconds) }
  } catch (error) {
    server.forceShutdown()
    throw error
  }
}

const sameBytes = (bytes: Buffer): Buffer => bytes

function unaryHandler(method: UnaryMethod) {
  return (call: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>): void => {
    const deadlineMillis = Number(call.getDeadline())
    const context = { deadlineMillis, isAbandoned: () => call.cancelled || deadlineMillis <= Date.now() }
    method(call.request, context).then(
      (bytes) => callback(null, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)),
      (thrown) => callback(grpcError(asStatusError(thrown))),
    )
  }
}

function streamHandler(method: StreamMethod) {
  return async (call: ServerDuplexStream<Buffer, Buffer>): Promise<void> => {
    const ending = new AbortController()
    call.once('cancelled', () => ending.abort())
    call.on('error', () => ending.abort())
    try {
      // A method may leave the rest of the requests unread without ending the call.
      const requests = call.iterator({ destroyOnReturn: false })
      for await (const bytes of method(requests, ending.signal)) {
        if (ending.signal.aborted) return
        if (!call.write(Buffer.from(bytes))) await once(call, 'drain', { signal: ending.signal })
      }
      call.end()
    } catch (thrown) {
      if (!ending.signal.aborted) call.emit('error', grpcError(asStatusError(thrown)))
    }
  }
}

const longestText = 1024

/** Source: TensorFlow Serving, model_servers/grpc_status_util.cc. */
export const grpcError = ({ code, message }: StatusError): { code: number; details: string } => ({
  code: statusCodeNumber(code),
  details: message.length > longestText ? `${message.slice(0, longestText)}...TRUNCATED` : message,
})

function bind(server: Server, address: string, tls: TlsOptions | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials(tls), (error, port) => (error ? reject(error) : resolve(port)))
  })
}

function credentials(tls: TlsOptions | undefined): ServerCredentials {
  if (!tls) return ServerCredentials.createInsecure()
  const pair = { private_key: Buffer.from(tls.serverKey), cert_chain: Buffer.from(tls.serverCert) }
  const ca = tls.customCa === '' ? null : Buffer.from(tls.customCa)
  return ServerCredentials.createSsl(ca, [pair], tls.clientVerify)
}

async function close(server: Server, graceSeconds: number): Promise<void> {
  const cut = setTimeout(() => server.forceShutdown(), graceSeconds * 1000)
  try {
    await new Promise<void>((resolve) => server.tryShutdown(() => resolve()))
  } finally {
    clearTimeout(cut)
    server.forceShutdown()
  }
}

function channelOptions(channelArguments: ReadonlyMap<string, string> = new Map()) {
  return Object.fromEntries(
    [...channelArguments].map(([name, value]) => [name, /^-?\d+$/.test(value) ? Number(value) : value]),
  )
}
