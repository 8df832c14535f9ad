import { type HttpRequest, splitTarget } from '../http.ts'
import {
  canonicalPath,
  canonicalQuery,
  canonicalRequest,
  emptyPayloadSha256,
  sha256Hex,
  unsignedPayload,
} from './canonical-request.ts'
import { formatTime, hmacHex, scopeText, signingKey } from './signature.ts'

export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

export interface SignOptions {
  readonly credentials: Credentials
  readonly region: string
  /** The signing name: `s3`, `sagemaker`, `logs`. */
  readonly service: string
  readonly now: Date
  /** Hexadecimal SHA-256 of the body; `unsigned` for a body not known beforehand; without one, the body is empty. */
  readonly payload?: string
}

/**
 * The same request with `authorization`, `x-amz-date` and `x-amz-content-sha256` (Signature Version 4).
 * The request must already hold its `host`; headers that a transport sets by itself are not signed.
 * Throws TypeError without `host`.
 */
export function signRequest(request: HttpRequest, options: SignOptions): HttpRequest {
  if (!request.headers.has('host')) throw new TypeError('a request needs its host header to be signed')
  const { credentials, region, service } = options
  const time = formatTime(options.now)
  const payloadHash =
    options.payload === 'unsigned' ? unsignedPayload : (options.payload ?? emptyPayloadSha256)
  const headers = new Headers(request.headers)
  headers.delete('authorization')
  headers.set('x-amz-date', time)
  headers.set('x-amz-content-sha256', payloadHash)
  if (credentials.sessionToken !== undefined) headers.set('x-amz-security-token', credentials.sessionToken)

  const { path, query } = splitTarget(request.target)
  const signedHeaders = [...headers.keys()].filter((name) => !setByTransport.has(name)).sort()
  const canonical = canonicalRequest({
    method: request.method,
    path: canonicalPath(path, service),
    query: canonicalQuery(query),
    headers,
    signedHeaders,
    payloadHash,
  })
  const scope = { day: time.slice(0, 8), region, service }
  const signature = hmacHex(
    signingKey(credentials.secretAccessKey, scope),
    `AWS4-HMAC-SHA256\n${time}\n${scopeText(scope)}\n${sha256Hex(canonical)}`,
  )
  const credential = `${credentials.accessKeyId}/${scopeText(scope)}`
  headers.set(
    'authorization',
    `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`,
  )
  return { ...request, headers }
}

/** Added, changed or dropped between here and the wire, by this program's transport or by a proxy. */
const setByTransport = new Set([
  'accept-encoding',
  'authorization',
  'cache-control',
  'connection',
  'content-length',
  'expect',
  'from',
  'keep-alive',
  'max-forwards',
  'pragma',
  'referer',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
  'x-amzn-trace-id',
])
