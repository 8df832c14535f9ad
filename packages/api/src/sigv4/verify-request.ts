import { createHash } from 'node:crypto'
import { RequestEntityTooLarge } from '../errors.ts'
import { bytesOf, type HttpRequest, heldBytes, readAll, splitTarget } from '../http.ts'
import { InvalidArgument } from '../s3/errors.ts'
import { ChunkedBody, type SignatureChain } from './aws-chunked.ts'
import { emptyPayloadSha256 } from './canonical-request.ts'
import type { Claim } from './claim.ts'
import { hashChecked, type Payload, readPayload, wrongHash } from './payload.ts'
import { type ErrorFamily, errorFamily, isRefusal, type Refusal, refusalError } from './refusal.ts'
import { signingKey } from './signature.ts'
import { refuseSignature, refuseTime, refuseUnsignedHeaders } from './verify-signature.ts'
import { refuseVersion2 } from './verify-version2.ts'

export interface VerifyOptions {
  readonly claim: Claim
  readonly secretOf: (accessKeyId: string) => string | undefined
  readonly now: Date
  /** A body whose hash isn't stated is held whole before its signature can be judged: up to this size. */
  readonly heldBodyLimitBytes: number
}

/**
 * Proves the claim, or throws ApiError in the words of the service asked.
 * The request returned is the one to use: its body is decoded and, where a hash was stated, throws at its end when the
 * bytes are others; what a presigned URL carries of headers has become headers.
 */
export async function verifyRequest(request: HttpRequest, options: VerifyOptions): Promise<HttpRequest> {
  const { claim, now } = options
  const family = claimFamily(claim)
  const secretAccessKey = options.secretOf(claim.accessKeyId)
  if (secretAccessKey === undefined)
    throw refusalError({ refused: 'unknown-key', details: { AWSAccessKeyId: claim.accessKeyId } }, family)
  if (claim.version === 2) {
    throwRefused(refuseVersion2(request, claim, { secretAccessKey, now }), family)
    return withLinkHeaders(request)
  }
  throwRefused(refuseTime(claim, now) ?? refuseUnsignedHeaders(claim, request.headers), family)
  const payload = payloadOf(request, claim)
  const held = payload.kind === 'unstated' ? await holdBody(request, options.heldBodyLimitBytes) : undefined
  const payloadHash = payload.kind === 'unstated' ? sha256Of(held) : payload.word
  throwRefused(refuseSignature(request, claim, { secretAccessKey, payloadHash }), family)
  const { time, scope, signature: seed } = claim
  const proven = held === undefined ? request : { ...request, body: bytesOf(held) }
  const decoded = decodeBody(proven, payload, {
    family,
    chain: { key: signingKey(secretAccessKey, scope), time, scope, seed },
  })
  return claim.place === 'query' ? withLinkHeaders(decoded) : decoded
}

/** Reads the body as its headers say, believing the sender: for a server that asks for no signatures. */
export function trustRequest(request: HttpRequest, claim: Claim | undefined): HttpRequest {
  const family = claim === undefined ? 's3' : claimFamily(claim)
  const decoded = decodeBody(request, payloadOf(request, claim), { family })
  return claim !== undefined && (claim.version === 2 || claim.place === 'query')
    ? withLinkHeaders(decoded)
    : decoded
}

function claimFamily(claim: Claim): ErrorFamily {
  return claim.version === 2 ? 's3' : errorFamily(claim.scope.service)
}

function throwRefused(refusal: Refusal | undefined, family: ErrorFamily): void {
  if (refusal !== undefined) throw refusalError(refusal, family)
}

function payloadOf(request: HttpRequest, claim: Claim | undefined): Payload {
  const payload = readPayload(request, claim)
  if (isRefusal(payload)) throw refusalError(payload, claim === undefined ? 's3' : claimFamily(claim))
  return payload
}

interface DecodeOptions {
  readonly family: ErrorFamily
  readonly chain?: SignatureChain
}

function decodeBody(request: HttpRequest, payload: Payload, options: DecodeOptions): HttpRequest {
  if (payload.kind === 'unsigned' || payload.kind === 'unstated') return request
  if (payload.kind === 'chunked') return decodeChunked(request, payload, options.chain)
  const held = hasBody(request) ? heldBytes(request.body) : new Uint8Array()
  if (held === undefined) return { ...request, body: hashChecked(request.body, payload.word, options.family) }
  if (sha256Of(held) !== payload.word) throw wrongHash(payload.word, sha256Of(held), options.family)
  return request
}

function decodeChunked(
  request: HttpRequest,
  payload: Payload & { kind: 'chunked' },
  chain: SignatureChain | undefined,
): HttpRequest {
  const announced = request.headers.get('x-amz-trailer') ?? ''
  const decodedLength = request.headers.get('x-amz-decoded-content-length')
  if (decodedLength !== null && !/^\d{1,15}$/.test(decodedLength))
    throw InvalidArgument('x-amz-decoded-content-length must be a number.')
  const body = new ChunkedBody(request.body, {
    ...(payload.trailer ? { trailers: listed(announced.toLowerCase()) } : {}),
    ...(decodedLength === null ? {} : { decodedLength: Number(decodedLength) }),
    ...(payload.signed && chain !== undefined ? { chain } : {}),
  })
  return { ...request, headers: decodedHeaders(request.headers, decodedLength), body }
}

/** The headers as they would be without aws-chunked. */
function decodedHeaders(given: Headers, decodedLength: string | null): Headers {
  const headers = new Headers(given)
  const encodings = listed(given.get('content-encoding') ?? '').filter(
    (name) => name.toLowerCase() !== 'aws-chunked',
  )
  if (encodings.length > 0) headers.set('content-encoding', encodings.join(','))
  else headers.delete('content-encoding')
  if (decodedLength === null) headers.delete('content-length')
  else headers.set('content-length', decodedLength)
  return headers
}

function listed(value: string): string[] {
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

/**
 * A signer may put `x-amz-meta-…` and its like into the link's query: they count as if they had been sent as headers.
 * Not so checksums, of a body that the signer could not know: S3 passes them over. Source: github.com/aws/aws-sdk/issues/480.
 */
function withLinkHeaders(request: HttpRequest): HttpRequest {
  const query = new URLSearchParams(splitTarget(request.target).query)
  const hoisted = [...query].filter(([name]) => isLinkHeader.test(name) && !request.headers.has(name))
  if (hoisted.length === 0) return request
  const headers = new Headers(request.headers)
  for (const [name, value] of hoisted)
    headers.set(name, Buffer.from(value.replace(/[\0\r\n]/g, ' ')).toString('latin1'))
  return { ...request, headers }
}

const isLinkHeader = /^x-amz-(?!checksum-|sdk-checksum-|content-sha256$)[\w-]+$/

async function holdBody(request: HttpRequest, limitBytes: number): Promise<Uint8Array> {
  if (!hasBody(request)) return new Uint8Array()
  const whole = heldBytes(request.body)
  if (whole !== undefined && whole.length <= limitBytes) return whole
  try {
    return await readAll(request.body, limitBytes)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw RequestEntityTooLarge(`HTTP content length exceeded ${limitBytes} bytes.`, { cause: error })
  }
}

function sha256Of(bytes: Uint8Array | undefined): string {
  return bytes === undefined || bytes.length === 0
    ? emptyPayloadSha256
    : createHash('sha256').update(bytes).digest('hex')
}

function hasBody(request: HttpRequest): boolean {
  const length = request.headers.get('content-length')
  return length === null ? request.headers.has('transfer-encoding') : length !== '0'
}
