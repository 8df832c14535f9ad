import { randomUUID } from 'node:crypto'
import { ApiError, type Handlers, type InputOf, InvalidArgument, NoSuchUpload, type s3 } from '@sagebrush/api'
import type { RequestContext } from '../../context.ts'
import { headerNotImplemented, noSuchKey } from '../s3-refusals.ts'
import type { ByteRange, StoredObject } from '../store/object-store.ts'
import type { NewPart, Part } from '../store/upload-store.ts'
import { requireCondition } from '../store/write-condition.ts'
import { requireBucket, requireUpload, type S3Options } from './access.ts'
import { type ChecksumMembers, checksumClaim } from './body-claims.ts'
import { exactRange } from './byte-range.ts'
import { type BodyFacts, checkedBody } from './checked-body.ts'
import { requireCopySource, sourceConditions } from './copy-handlers.ts'
import { requireSource } from './copy-source.ts'
import { completionOf, requireChecksumOf, requirePartNumber, uploadChecksum } from './multipart.ts'
import { requireKey } from './names.ts'
import { attributesAsked, checksumTold, encryptionTold } from './object-attributes.ts'
import { writeConditionAsked } from './write-condition.ts'

type MultipartHandlers = Pick<
  Handlers<typeof s3, RequestContext>,
  | 'CreateMultipartUpload'
  | 'UploadPart'
  | 'UploadPartCopy'
  | 'CompleteMultipartUpload'
  | 'AbortMultipartUpload'
>

export function multipartHandlers(options: S3Options): MultipartHandlers {
  const { store, clock } = options
  return {
    async CreateMultipartUpload(input) {
      await requireBucket(options, input.Bucket, input.ExpectedBucketOwner)
      requireKey(input.Key)
      const checksum = uploadChecksum(input.ChecksumAlgorithm, input.ChecksumType)
      const attributes = attributesAsked(input)
      const id = randomUUID().replaceAll('-', '')
      const name = { bucket: input.Bucket, key: input.Key }
      await store.uploads.create({
        ...name,
        id,
        initiatedAt: clock(),
        attributes,
        ...(checksum && { checksum }),
      })
      return {
        ...encryptionTold(attributes),
        ChecksumAlgorithm: checksum?.algorithm,
        ChecksumType: checksum?.type,
        Bucket: input.Bucket,
        Key: input.Key,
        UploadId: id,
      }
    },

    async UploadPart(input) {
      const upload = await requireUpload(options, input)
      requirePartNumber(input.PartNumber)
      requireChecksumOf(upload, checksumClaim(input)?.algorithm)
      const body = checkedBody(input, upload.checksum?.algorithm)
      const part = await store.uploads.putPart(upload.id, input.PartNumber, {
        bytes: body.bytes,
        sizeBytes: input.ContentLength,
        finish: () => partOf(body.finish(), clock()),
      })
      return { ...encryptionTold(upload.attributes), ...partChecksum(part), ETag: `"${part.etag}"` }
    },

    async UploadPartCopy(input) {
      const upload = await requireUpload(options, input)
      requirePartNumber(input.PartNumber)
      const source = await requireCopySource(options, input)
      await using from = await store.objects.open(source)
      if (from === undefined) throw noSuchKey(source.key)
      requireSource(sourceConditions(input), from.object)
      const range = copyRange(input.CopySourceRange, from.object)
      const bytes = from.read(range)
      const body = checkedBody({ Body: bytes }, upload.checksum?.algorithm)
      const part = await store.uploads.putPart(upload.id, input.PartNumber, {
        bytes: body.bytes,
        sizeBytes: range === undefined ? from.object.sizeBytes : range.end - range.start + 1,
        finish: () => partOf(body.finish(), clock()),
      })
      return {
        ...encryptionTold(upload.attributes),
        CopyPartResult: { ...partChecksum(part), ETag: `"${part.etag}"`, LastModified: part.modifiedAt },
      }
    },

    async CompleteMultipartUpload(input) {
      const stored = await complete(options, input)
      return {
        ...encryptionTold(stored.attributes),
        ...checksumTold(stored.attributes.checksum),
        Location: `/${input.Bucket}/${encodeURIComponent(input.Key).replaceAll('%2F', '/')}`,
        Bucket: input.Bucket,
        Key: input.Key,
        ETag: `"${stored.etag}"`,
      }
    },

    async AbortMultipartUpload(input) {
      const { id } = await requireUpload(options, input)
      if (input.IfMatchInitiatedTime !== undefined)
        throw headerNotImplemented('x-amz-if-match-initiated-time')
      await store.uploads.abort(id)
      return {}
    },
  }
}

function partOf({ md5, checksum }: BodyFacts, modifiedAt: Date): NewPart {
  return { etag: md5, modifiedAt, ...(checksum && { checksum }) }
}

function partChecksum({ checksum }: Part): ChecksumMembers {
  return checksum === undefined ? {} : { [`Checksum${checksum.algorithm}`]: checksum.value }
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

/** A client that lost the answer asks again: it gets the same, as long as the object is still that of its upload. */
async function complete(
  options: S3Options,
  input: InputOf<typeof s3, 'CompleteMultipartUpload'>,
): Promise<StoredObject> {
  const { store, clock } = options
  const name = { bucket: input.Bucket, key: input.Key }
  try {
    const upload = await requireUpload(options, input)
    const onlyIf = writeConditionAsked(input)
    if (onlyIf !== undefined) requireCondition(onlyIf, await store.objects.head(name), input.Key)
    return await store.uploads.complete(upload.id, (there) => {
      const { parts, etag, checksum } = completionOf(upload, there, input)
      const sizes = parts.map((part) => part.sizeBytes)
      const attributes = {
        ...upload.attributes,
        ...(checksum && { checksum }),
        parts: { uploadId: upload.id, sizes },
      }
      return {
        numbers: parts.map((part) => part.number),
        object: { etag, modifiedAt: clock(), attributes, onlyIf },
      }
    })
  } catch (error) {
    const now = await store.objects.head(name)
    const isDone = now?.attributes.parts?.uploadId === input.UploadId
    if (now !== undefined && isDone && error instanceof ApiError && error.code === NoSuchUpload.code)
      return now
    throw error
  }
}
