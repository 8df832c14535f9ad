import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js'
import { asStatusError, type StatusError, statusCodeNumber } from '../status.ts'

export interface CallContext {
  /** True once nobody waits for the answer: cancelled, or past its deadline. */
  readonly isAbandoned: () => boolean
}

/** One method: a request's bytes to the answer's. Throws StatusError. */
export type UnaryMethod = (request: Uint8Array, context: CallContext) => Promise<Uint8Array>

/** PEM text. */
export interface TlsOptions {
  readonly serverKey: string
  readonly serverCert: string
  /** Who signs clients' certificates; empty: whoever the system trusts. */
  readonly customCa: string
  readonly clientVerify: boolean
}

export interface UnaryServerOptions {
  /** By path: `/package.Service/Method`. Others are answered with UNIMPLEMENTED. */
  readonly methods: ReadonlyMap<string, UnaryMethod>
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

export interface UnaryServer {
  /** Undefined without one. */
  readonly port: number | undefined
  /** Takes no new calls, lets those under way end, and cuts off what is left after that time. */
  close(graceSeconds: number): Promise<void>
}

/** Resolves once all addresses are open; rejects, with none open, where one cannot be. */
export async function startUnaryServer(options: UnaryServerOptions): Promise<UnaryServer> {
  const server = new Server({
    ...channelOptions(options.channelArguments),
    'grpc.max_receive_message_length': options.limitBytes,
    'grpc.max_send_message_length': -1,
  })
  for (const [path, method] of options.methods) {
    server.register(path, handler(method), sameBytes, sameBytes, 'unary')
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

function handler(method: UnaryMethod) {
  return (call: ServerUnaryCall<Buffer, Buffer>, callback: sendUnaryData<Buffer>): void => {
    const context = { isAbandoned: () => call.cancelled || isPast(call.getDeadline()) }
    method(call.request, context).then(
      (bytes) => callback(null, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)),
      (thrown) => callback(grpcError(asStatusError(thrown))),
    )
  }
}

const isPast = (deadline: Date | number): boolean => Number(deadline) <= Date.now()

const longestText = 1024
const cutMark = '...TRUNCATED'

/** Source: TensorFlow Serving, model_servers/grpc_status_util.cc. */
export const grpcError = ({ code, message }: StatusError): { code: number; details: string } => ({
  code: statusCodeNumber(code),
  details: message.length > longestText ? message.slice(0, longestText - cutMark.length) + cutMark : message,
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
