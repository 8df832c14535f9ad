import { createHash } from 'node:crypto'
import {
  type ApiError,
  algorithmNamed,
  type ChecksumAlgorithm,
  type ChecksumMembers,
  checksumsIn,
  EntityTooSmall,
  type InputOf,
  InvalidArgument,
  InvalidPart,
  InvalidPartOrder,
  InvalidRequest,
  MalformedXML,
  type s3,
  wrongChecksum,
} from '@sagebrush/api'
import type { ChecksumType, StoredChecksum } from '../../store/object-store.ts'
import { type Part, partNumberLimit, type Upload } from '../../store/upload-store.ts'
import { unquoted } from '../reading/conditions.ts'
import { multipartChecksum, multipartTypes } from './checksum.ts'

// The rules of multipart uploads. All pure. Source: Amazon S3 API Reference; User Guide, "Multipart upload limits".

const partLeastBytes = 5 * 1024 * 1024

/** Throws InvalidArgument. */
export function requirePartNumber(number: number): void {
  if (!Number.isInteger(number) || number < 1 || number > partNumberLimit)
    throw InvalidArgument(`Part number must be an integer between 1 and ${partNumberLimit}, inclusive`, {
      details: { ArgumentName: 'partNumber', ArgumentValue: number },
    })
}

/** How the checksums of an upload's parts shall become the object's. Throws InvalidRequest. */
export function uploadChecksum(
  name: string | undefined,
  type: string | undefined,
): { readonly algorithm: ChecksumAlgorithm; readonly type: ChecksumType } | undefined {
  if (name === undefined) {
    if (type === undefined) return undefined
    throw InvalidRequest(
      'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
    )
  }
  const algorithm = algorithmNamed(name)
  const allowed = multipartTypes[algorithm]
  const chosen = type === undefined ? allowed[0] : allowed.find((one) => one === type)
  if (chosen !== undefined) return { algorithm, type: chosen }
  throw InvalidRequest(
    type === 'COMPOSITE' || type === 'FULL_OBJECT'
      ? `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`
      : 'Value for x-amz-checksum-type header is invalid.',
  )
}

/** Throws InvalidRequest for a part that came with another checksum than the upload was made for. */
export function requireChecksumOf(upload: Upload, algorithm: ChecksumAlgorithm | undefined): void {
  const expected = upload.checksum?.algorithm
  if (expected !== undefined && algorithm !== undefined && algorithm !== expected)
    throw InvalidRequest(
      `Checksum Type mismatch occurred, expected checksum Type: ${expected.toLowerCase()}, actual checksum Type: ${algorithm.toLowerCase()}`,
    )
}

export type CompletionAsked = Pick<
  InputOf<typeof s3, 'CompleteMultipartUpload'>,
  'MultipartUpload' | 'MpuObjectSize' | 'ChecksumType' | keyof ChecksumMembers
>
export interface Completion {
  /** In the order of their bytes. */
  readonly parts: readonly Part[]
  readonly etag: string
  readonly checksum?: StoredChecksum
}

/**
 * What the parts that are named shall become. Throws MalformedXML, InvalidPartOrder, InvalidPart, EntityTooSmall,
 * InvalidRequest, BadDigest.
 */
export function completionOf(upload: Upload, there: readonly Part[], asked: CompletionAsked): Completion {
  const parts = partsNamed(upload, there, asked.MultipartUpload?.Parts ?? [])
  const tooSmall = parts.slice(0, -1).find((part) => part.sizeBytes < partLeastBytes)
  if (tooSmall !== undefined) throw partTooSmall(tooSmall)
  requireSize(parts, asked.MpuObjectSize)
  const checksum = checksumOf(upload, parts)
  requireChecksum(asked, checksum)
  return { parts, etag: multipartEtag(parts), ...(checksum && { checksum }) }
}

/** The MD5 of the parts' MD5s, and how many they were. */
function multipartEtag(parts: readonly Pick<Part, 'etag'>[]): string {
  const md5 = createHash('md5')
  for (const { etag } of parts) md5.update(Buffer.from(etag, 'hex'))
  return `${md5.digest('hex')}-${parts.length}`
}

type PartNamed = NonNullable<NonNullable<CompletionAsked['MultipartUpload']>['Parts']>[number]

function partsNamed(upload: Upload, there: readonly Part[], named: readonly PartNamed[]): readonly Part[] {
  if (named.length === 0) throw malformed()
  const byNumber = new Map(there.map((part) => [part.number, part]))
  let before = 0
  return named.map((one) => {
    const { PartNumber: number, ETag: etag } = one
    if (number === undefined || etag === undefined) throw malformed()
    if (number <= before) throw wrongOrder(upload)
    before = number
    const part = byNumber.get(number)
    if (part === undefined || part.etag !== unquoted(etag) || !hasChecksums(part, one))
      throw noSuchPart(upload, number, etag)
    return part
  })
}

function hasChecksums({ checksum }: Part, named: PartNamed): boolean {
  return checksumsIn(named).every(
    ({ algorithm, value }) => checksum?.algorithm !== algorithm || checksum.value === value,
  )
}

function checksumOf({ checksum }: Upload, parts: readonly Part[]): StoredChecksum | undefined {
  if (checksum === undefined) return undefined
  const { algorithm, type } = checksum
  const values = parts.map((part) => ({ value: part.checksum?.value ?? '', sizeBytes: part.sizeBytes }))
  return { algorithm, type, value: multipartChecksum(algorithm, type, values) }
}

function requireChecksum(asked: CompletionAsked, checksum: StoredChecksum | undefined): void {
  if (asked.ChecksumType !== undefined && checksum !== undefined && asked.ChecksumType !== checksum.type)
    throw InvalidRequest(
      `The upload was created using the ${checksum.type} checksum mode. The complete request must use the same checksum mode.`,
    )
  for (const { algorithm, value } of checksumsIn(asked)) {
    const isMeant = checksum?.algorithm === algorithm
    if (isMeant && withoutCount(value) !== withoutCount(checksum.value)) throw wrongChecksum(algorithm)
  }
}

function requireSize(parts: readonly Part[], asked: number | undefined): void {
  const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0)
  if (asked !== undefined && asked !== sizeBytes)
    throw InvalidRequest(
      `The provided 'x-amz-mp-object-size' header value ${asked} does not match what was computed: ${sizeBytes}`,
    )
}

/** `abc=-3` → `abc=` */
function withoutCount(checksum: string): string {
  return checksum.replace(/-\d+$/, '')
}

function malformed(): ApiError {
  return MalformedXML(
    'The XML you provided was not well-formed or did not validate against our published schema',
  )
}

function wrongOrder({ id }: Upload): ApiError {
  return InvalidPartOrder(
    'The list of parts was not in ascending order. Parts must be ordered by part number.',
    { details: { UploadId: id } },
  )
}

function noSuchPart({ id }: Upload, number: number, etag: string): ApiError {
  return InvalidPart(
    "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
    { details: { UploadId: id, PartNumber: number, ETag: unquoted(etag) } },
  )
}

function partTooSmall({ number, sizeBytes, etag }: Part): ApiError {
  return EntityTooSmall('Your proposed upload is smaller than the minimum allowed size', {
    details: { ProposedSize: sizeBytes, MinSizeAllowed: partLeastBytes, PartNumber: number, ETag: etag },
  })
}
