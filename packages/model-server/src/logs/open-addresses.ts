import { isIPv6 } from 'node:net'

export interface OpenAddresses {
  readonly grpc: {
    readonly host: string
    readonly port: number | undefined
    readonly socketPath: string | undefined
  }
  readonly rest: { readonly host: string; readonly port: number } | undefined
}

/** Says where the server answers, in TensorFlow Serving's words: scripts wait for them. */
export function openAddresses({ grpc, rest }: OpenAddresses): string[] {
  const told = (address: string): string => `Running gRPC ModelServer at ${address} ...`
  return [
    ...(grpc.port === undefined ? [] : [told(`${bracketed(grpc.host)}:${grpc.port}`)]),
    ...(grpc.socketPath === undefined ? [] : [told(`unix:${grpc.socketPath}`)]),
    ...(rest ? [`Exporting HTTP/REST API at:${reachable(rest.host)}:${rest.port} ...`] : []),
  ]
}

/** Where all addresses are listened on, the one that people can use as it stands. */
const reachable = (host: string): string =>
  host === '::' || host === '0.0.0.0' ? 'localhost' : bracketed(host)
const bracketed = (host: string): string => (isIPv6(host) ? `[${host}]` : host)
