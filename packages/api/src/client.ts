import type { HttpRequest, HttpResponse } from './http.ts'
import type { Client, Service } from './service.ts'

export interface ClientOptions {
  /** `http://127.0.0.1:8400` */
  readonly endpoint: string
  readonly region: string
  /** Without them, requests are not signed. */
  readonly credentials?:
    | { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string }
    | undefined
  /** Instead of node:http. */
  readonly send?: (request: HttpRequest) => Promise<HttpResponse>
}

export function createClient<S extends Service>(service: S, options: ClientOptions): Client<S> {
  void service
  void options
  throw new Error('not yet')
}
