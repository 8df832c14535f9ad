import type { Bytes } from '../http.ts'
import {
  type ChecksumAlgorithm,
  checksumAlgorithms,
  checksumSizeBytes,
  isChecksumAlgorithm,
} from './checksums/checksum.ts'
import { BadDigest, InvalidDigest, InvalidRequest } from './errors.ts'

export type ChecksumMembers = {
  readonly [algorithm in ChecksumAlgorithm as `Checksum${algorithm}`]?: string | undefined
}

/** What a request says of its body. */
export interface BodyClaims extends ChecksumMembers {
  readonly Body?: Bytes | undefined
  readonly ContentLength?: number | undefined
  readonly ContentMD5?: string | undefined
  /** Of the checksum that the client has computed. */
  readonly ChecksumAlgorithm?: string | undefined
  /** Names, comma between, of what follows the body. */
  readonly Trailer?: string | undefined
}

export interface ChecksumValue {
  readonly algorithm: ChecksumAlgorithm
  /** Base64. */
  readonly value: string
}
/** `unknown` when the client names an algorithm and leaves the sum to the server. */
export type ChecksumClaim =
  | ChecksumValue
  | { readonly algorithm: ChecksumAlgorithm; readonly at: 'trailer' | 'unknown' }

/** Throws InvalidRequest for claims that no body can meet. */
export function checksumClaim(claims: BodyClaims): ChecksumClaim | undefined {
  const named = claims.ChecksumAlgorithm === undefined ? undefined : algorithmNamed(claims.ChecksumAlgorithm)
  const found: ChecksumClaim[] = [...checksumsIn(claims), ...trailersNamed(claims.Trailer ?? '')]
  const [first] = found
  if (found.length > 1)
    throw InvalidRequest(
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    )
  if (first === undefined) return named && { algorithm: named, at: 'unknown' }
  if (named !== undefined && named !== first.algorithm)
    throw InvalidRequest('Value for x-amz-sdk-checksum-algorithm header is invalid.')
  if ('value' in first) requireChecksum(first.algorithm, first.value)
  return first
}

/** `ChecksumCRC32` and the like, out of a set of members. */
export function checksumsIn(members: ChecksumMembers): readonly ChecksumValue[] {
  return checksumAlgorithms.flatMap((algorithm) => {
    const value = members[`Checksum${algorithm}`]
    return value === undefined ? [] : [{ algorithm, value }]
  })
}

/** Throws InvalidRequest. */
export function requireChecksum(algorithm: ChecksumAlgorithm, value: string): string {
  if (bytesFromBase64(value)?.length === checksumSizeBytes[algorithm]) return value
  throw InvalidRequest(`Value for ${headerOf(algorithm)} header is invalid.`)
}

/** Throws InvalidRequest. */
export function algorithmNamed(name: string): ChecksumAlgorithm {
  if (isChecksumAlgorithm(name)) return name
  const valid = checksumAlgorithms.join(', ')
  throw InvalidRequest(
    `Checksum algorithm provided is unsupported. Please try again with any of the valid types: [${valid}]`,
  )
}

/** The 16 bytes that Content-MD5 announces. Throws InvalidDigest. */
export function md5Claim(base64: string): Buffer {
  const bytes = bytesFromBase64(base64)
  if (bytes?.length === 16) return bytes
  throw InvalidDigest('The Content-MD5 you specified was invalid.', { details: { 'Content-MD5': base64 } })
}

/** The error for a body that is not what Content-MD5 says, which S3 tells in hexadecimal, and its own in base64. */
export function wrongMd5(expected: Buffer, calculated: Buffer) {
  return BadDigest('The Content-MD5 you specified did not match what we received.', {
    details: { ExpectedDigest: expected.toString('hex'), CalculatedDigest: calculated.toString('base64') },
  })
}

/** The error for a body that is not what its checksum says. */
export function wrongChecksum(algorithm: ChecksumAlgorithm) {
  return BadDigest(`The ${algorithm} you specified did not match the calculated checksum.`)
}

/** The name under which a checksum travels, as a header and as a trailer. */
export function headerOf(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`
}

function trailersNamed(names: string): readonly ChecksumClaim[] {
  const all = names.split(',').map((name) => name.trim().toLowerCase())
  return all
    .filter((name) => name !== '')
    .map((name) => {
      const algorithm = checksumAlgorithms.find((known) => headerOf(known) === name)
      if (algorithm !== undefined) return { algorithm, at: 'trailer' }
      throw InvalidRequest('The value specified in the x-amz-trailer header is not supported')
    })
}

/** Undefined unless it is whole, padded base64. */
function bytesFromBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}
