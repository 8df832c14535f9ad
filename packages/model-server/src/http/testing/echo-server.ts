import type { Face, FaceRequest } from '../../faces/http.ts'
import { type HttpServer, type HttpServerOptions, startHttpServer } from '../http-server.ts'

export interface EchoServer extends AsyncDisposable {
  readonly http: HttpServer
  readonly port: number
  readonly requests: FaceRequest[]
}

/** Answers `METHOD target body` at once, or what `face` says, and remembers what it was asked. */
export async function startEchoServer(options: Partial<HttpServerOptions> = {}): Promise<EchoServer> {
  const requests: FaceRequest[] = []
  const answering = options.face ?? echo
  const face: Face = (request) => {
    requests.push(request)
    return answering(request)
  }
  const http = await startHttpServer({
    host: '127.0.0.1',
    port: 0,
    bodyLimitBytes: 1024,
    ...options,
    face,
  })
  return { http, port: http.port, requests, [Symbol.asyncDispose]: () => http.close(0) }
}

const echo: Face = async ({ method, target, body }) => ({
  status: 200,
  headers: { 'content-type': 'text/plain' },
  body: Buffer.from(`${method} ${target} ${Buffer.from(body).toString('latin1')}`, 'latin1'),
})
