import { type ClientHttp2Session, connect, constants } from 'node:http2'

/** gRPC's status, as a word where it comes from a mistake of the server; 'reset' where the stream ended without one. */
export type GrpcOutcome = number | 'internal error' | 'reset'

/** Many calls at once over one HTTP/2 connection, with bytes as they are given. */
export class GrpcClient {
  private session: ClientHttp2Session | undefined
  private readonly port: number
  private readonly limitMillis: number

  constructor(port: number, limitMillis: number) {
    this.port = port
    this.limitMillis = limitMillis
  }

  /** Rejects where no end comes in time. */
  call(path: string, body: Buffer): Promise<GrpcOutcome> {
    const stream = this.open().request({
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_PATH]: path,
      'content-type': 'application/grpc',
      te: 'trailers',
    })
    return new Promise((resolve, reject) => {
      let status: number | undefined
      let isMistake = false
      const late = setTimeout(() => reject(new Error('no answer in time')), this.limitMillis)
      const see = (headers: Readonly<Record<string, unknown>>): void => {
        if (headers['grpc-status'] !== undefined) status = Number(headers['grpc-status'])
        isMistake ||= decodeURIComponent(String(headers['grpc-message'] ?? '')) === 'Internal error'
      }
      stream
        .on('response', see)
        .on('trailers', see)
        .on('error', () => undefined)
      stream.on('close', () => {
        clearTimeout(late)
        resolve(isMistake ? 'internal error' : (status ?? 'reset'))
      })
      stream.resume()
      stream.end(body)
    })
  }

  close(): void {
    this.session?.destroy()
    this.session = undefined
  }

  private open(): ClientHttp2Session {
    if (this.session && !this.session.destroyed && !this.session.closed) return this.session
    this.session = connect(`http://127.0.0.1:${this.port}`)
    this.session.on('error', () => undefined)
    return this.session
  }
}

/** One message as gRPC frames it: not compressed, its length, its bytes. */
export function framed(message: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(message.length, 1)
  return Buffer.concat([head, message])
}
