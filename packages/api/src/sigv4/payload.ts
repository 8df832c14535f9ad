import { createHash } from 'node:crypto'
import type { ApiError } from '../errors.ts'
import { type Bytes, type HttpRequest, splitTarget } from '../http.ts'
import { unsignedPayload } from './canonical-request.ts'
import type { Claim } from './claim.ts'
import { type ErrorFamily, errorFamily, type Refusal, refusalError } from './refusal.ts'

/** How a request says that its body is to be read. `word` is what its signature covers. */
export type Payload =
  /** The hash is known beforehand. */
  | { readonly kind: 'hashed'; readonly word: string }
  | { readonly kind: 'unsigned'; readonly word: string }
  /** aws-chunked; `signed` when each chunk has its signature. */
  | { readonly kind: 'chunked'; readonly word: string; readonly signed: boolean; readonly trailer: boolean }
  /** The hash is not stated but signed: only the whole body proves the signature. */
  | { readonly kind: 'unstated' }

/** Pure. */
export function readPayload(request: HttpRequest, claim: Claim | undefined): Payload | Refusal {
  const stated = statedPayload(request, claim)
  if (stated === undefined) return unstatedPayload(claim)
  if (/^[0-9a-f]{64}$/.test(stated)) return { kind: 'hashed', word: stated }
  return words[stated] ?? { refused: 'bad-payload-header' }
}

function unstatedPayload(claim: Claim | undefined): Payload | Refusal {
  if (claim === undefined || claim.version === 2) return { kind: 'unsigned', word: unsignedPayload }
  if (errorFamily(claim.scope.service) !== 's3') return { kind: 'unstated' }
  return claim.place === 'query'
    ? { kind: 'unsigned', word: unsignedPayload }
    : { refused: 'no-payload-header' }
}

const words: Readonly<Record<string, Payload>> = {
  [unsignedPayload]: { kind: 'unsigned', word: unsignedPayload },
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER': chunked('STREAMING-UNSIGNED-PAYLOAD-TRAILER'),
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD': chunked('STREAMING-AWS4-HMAC-SHA256-PAYLOAD'),
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER': chunked('STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER'),
}

function chunked(word: string): Payload {
  return { kind: 'chunked', word, signed: word.includes('AWS4-HMAC'), trailer: word.endsWith('-TRAILER') }
}

/** A link's holder may send a hash that its maker did not sign: that one says nothing. */
function statedPayload(request: HttpRequest, claim: Claim | undefined): string | undefined {
  const header = request.headers.get('x-amz-content-sha256') ?? undefined
  if (claim === undefined || claim.version === 2 || claim.place === 'header') return header
  if (claim.signedHeaders.includes('x-amz-content-sha256')) return header
  const query = new URLSearchParams(splitTarget(request.target).query)
  return query.get('X-Amz-Content-Sha256') ?? query.get('x-amz-content-sha256') ?? undefined
}

/** The same bytes; throws the service's error at their end when they aren't those whose hash was signed. */
export async function* hashChecked(body: Bytes, sha256: string, family: ErrorFamily): Bytes {
  const hash = createHash('sha256')
  yield* lastHeldBack(body, {
    see: (piece) => hash.update(piece),
    end: () => {
      const computed = hash.digest('hex')
      if (computed !== sha256) throw wrongHash(sha256, computed, family)
    },
  })
}

/** The error for a body that is not what its signature covers, in the wording of the family. */
export function wrongHash(sha256: string, computed: string, family: ErrorFamily): ApiError {
  const details = { ClientComputedContentSHA256: sha256, S3ComputedContentSHA256: computed }
  return refusalError({ refused: 'wrong-payload-hash', details }, family)
}

/** The last piece is given out only after `end` has agreed: nobody ever holds a whole body that is wrong. */
export async function* lastHeldBack(
  body: Bytes,
  check: { readonly see: (piece: Uint8Array) => void; readonly end: () => void },
): Bytes {
  let held: Uint8Array | undefined
  for await (const piece of body) {
    check.see(piece)
    if (held !== undefined) yield held
    held = piece
  }
  check.end()
  if (held !== undefined) yield held
}
