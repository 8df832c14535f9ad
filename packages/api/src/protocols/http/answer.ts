import { bytesOf, type HttpResponse } from '../../http.ts'

/**
 * An answer whose body is held, with its length. Without a body, or with a status whose answers must not have one, it
 * has neither that nor a type.
 */
export function answer(
  status: number,
  headers: Readonly<Record<string, string>>,
  body?: string | Uint8Array,
): HttpResponse {
  const mayHaveBody = status !== 204 && status !== 304
  const held = body === undefined || !mayHaveBody ? bytesOf() : bytesOf(body)
  const all = new Headers(headers)
  if (held.held.length === 0) all.delete('content-type')
  if (mayHaveBody) all.set('content-length', String(held.held.length))
  return { status, headers: all, body: held }
}
