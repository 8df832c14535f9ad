import { createHash } from 'node:crypto'
import { ApiError } from '../errors.ts'
import { type Bytes, bytesOf } from '../http.ts'
import { trailersOf } from '../sigv4/index.ts'
import {
  type BodyClaims,
  type ChecksumClaim,
  type ChecksumValue,
  checksumClaim,
  headerOf,
  md5Claim,
  requireChecksum,
  wrongChecksum,
  wrongMd5,
} from './body-claims.ts'
import { type ChecksumAlgorithm, createChecksum } from './checksums/checksum.ts'
import { IncompleteBody } from './errors.ts'

export interface CheckedBody {
  /** Throws IncompleteBody where the sender broke off. */
  readonly bytes: Bytes
  /** To be called when all bytes have passed. Throws BadDigest, IncompleteBody, InvalidRequest. */
  readonly finish: () => BodyFacts
}
export interface BodyFacts {
  /** Hexadecimal. */
  readonly md5: string
  readonly checksum?: ChecksumValue
}

/**
 * Measures a body as it passes: MD5, and a checksum of the algorithm that the sender chose or else of `otherwise`.
 * Throws InvalidDigest, InvalidRequest for claims that no body can meet.
 */
export function checkedBody(claims: BodyClaims, otherwise?: ChecksumAlgorithm): CheckedBody {
  const expectedMd5 = claims.ContentMD5 === undefined ? undefined : md5Claim(claims.ContentMD5)
  const claim = checksumClaim(claims)
  const algorithm = claim?.algorithm ?? otherwise
  const body = claims.Body ?? bytesOf()
  const md5 = createHash('md5')
  const checksum = algorithm && createChecksum(algorithm)
  let sizeBytes = 0
  const see = (piece: Uint8Array) => {
    sizeBytes += piece.length
    md5.update(piece)
    checksum?.update(piece)
  }
  const finish = (): BodyFacts => {
    if (claims.ContentLength !== undefined && claims.ContentLength !== sizeBytes) throw incomplete()
    const digest = md5.digest()
    if (expectedMd5 !== undefined && !digest.equals(expectedMd5)) throw wrongMd5(expectedMd5, digest)
    const facts = { md5: digest.toString('hex') }
    if (algorithm === undefined || checksum === undefined) return facts
    const value = checksum.digest().toString('base64')
    const expected = claim && expectedValue(claim, body)
    if (expected !== undefined && expected !== value) throw wrongChecksum(algorithm)
    return { ...facts, checksum: { algorithm, value } }
  }
  return { bytes: passing(body, see), finish }
}

function expectedValue(claim: ChecksumClaim, body: Bytes): string | undefined {
  if ('value' in claim) return claim.value
  if (claim.at === 'unknown') return undefined
  return requireChecksum(claim.algorithm, trailersOf(body)?.get(headerOf(claim.algorithm)) ?? '')
}

async function* passing(source: Bytes, see: (piece: Uint8Array) => void): Bytes {
  const pieces = source[Symbol.asyncIterator]()
  const next = () =>
    pieces.next().catch((error) => {
      throw error instanceof ApiError ? error : incomplete({ cause: error })
    })
  try {
    for (let piece = await next(); !piece.done; piece = await next()) {
      see(piece.value)
      yield piece.value
    }
  } finally {
    await pieces.return?.()
  }
}

function incomplete(options?: ErrorOptions): ApiError {
  return IncompleteBody(
    'You did not provide the number of bytes specified by the Content-Length HTTP header.',
    options,
  )
}
