import { type Bytes, bytesOf, type HttpRequest } from '../../http.ts'

/** `PUT /bucket/key` with headers and a body, as a server sees it. */
export function request(
  line: string,
  headers: Readonly<Record<string, string>> = {},
  body: string | Uint8Array | Bytes = '',
): HttpRequest {
  const [method = '', target = ''] = line.split(/ (.*)/s)
  return {
    method,
    target,
    headers: new Headers(headers),
    body: typeof body === 'string' || body instanceof Uint8Array ? bytesOf(body) : body,
    signal: new AbortController().signal,
  }
}
