import {
  type BodyFacts,
  type ChecksumMembers,
  checkedBody,
  checksumClaim,
  type InputOf,
  InvalidArgument,
  type OutputOf,
  type s3,
} from '@sagebrush/api'
import { noSuchKey } from '../../s3-refusals.ts'
import type { ByteRange, StoredObject } from '../../store/object-store.ts'
import type { NewPart, Part } from '../../store/upload-store.ts'
import { requireUpload, type S3Options } from '../access.ts'
import { requireCopySource, sourceConditions } from '../copying/handlers.ts'
import { requireSource } from '../copying/source.ts'
import { exactRange } from '../reading/byte-range.ts'
import { encryptionTold } from '../writing/object-attributes.ts'
import { requireChecksumOf, requirePartNumber } from './rules.ts'

/** UploadPart. */
export async function uploadPart(
  options: S3Options,
  input: InputOf<typeof s3, 'UploadPart'>,
): Promise<OutputOf<typeof s3, 'UploadPart'>> {
  const upload = await requireUpload(options, input)
  requirePartNumber(input.PartNumber)
  requireChecksumOf(upload, checksumClaim(input)?.algorithm)
  const body = checkedBody(input, upload.checksum?.algorithm)
  const part = await options.store.uploads.putPart(upload.id, input.PartNumber, {
    bytes: body.bytes,
    sizeBytes: input.ContentLength,
    finish: () => partOf(body.finish(), options.clock()),
  })
  return { ...encryptionTold(upload.attributes), ...partChecksum(part), ETag: `"${part.etag}"` }
}

/** UploadPartCopy. */
export async function uploadPartCopy(
  options: S3Options,
  input: InputOf<typeof s3, 'UploadPartCopy'>,
): Promise<OutputOf<typeof s3, 'UploadPartCopy'>> {
  const { store, clock } = options
  const upload = await requireUpload(options, input)
  requirePartNumber(input.PartNumber)
  const source = await requireCopySource(options, input)
  await using from = await store.objects.open(source)
  if (from === undefined) throw noSuchKey(source.key)
  requireSource(sourceConditions(input), from.object)
  const range = copyRange(input.CopySourceRange, from.object)
  const body = checkedBody({ Body: from.read(range) }, upload.checksum?.algorithm)
  const part = await store.uploads.putPart(upload.id, input.PartNumber, {
    bytes: body.bytes,
    sizeBytes: range === undefined ? from.object.sizeBytes : range.end - range.start + 1,
    finish: () => partOf(body.finish(), clock()),
  })
  return {
    ...encryptionTold(upload.attributes),
    CopyPartResult: { ...partChecksum(part), ETag: `"${part.etag}"`, LastModified: part.modifiedAt },
  }
}

export function partChecksum({ checksum }: Part): ChecksumMembers {
  return checksum === undefined ? {} : { [`Checksum${checksum.algorithm}`]: checksum.value }
}

function partOf({ md5, checksum }: BodyFacts, modifiedAt: Date): NewPart {
  return { etag: md5, modifiedAt, ...(checksum && { checksum }) }
}

/** Throws InvalidArgument. */
function copyRange(header: string | undefined, { sizeBytes }: StoredObject): ByteRange | undefined {
  if (header === undefined) return undefined
  const range = exactRange(header, sizeBytes)
  if (typeof range === 'object') return range
  const message =
    range === 'outside'
      ? `Range specified is not valid for source object of size: ${sizeBytes}`
      : 'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy'
  throw InvalidArgument(message, {
    details: { ArgumentName: 'x-amz-copy-source-range', ArgumentValue: header },
  })
}
