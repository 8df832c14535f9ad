import { randomUUID } from 'node:crypto'
import type { Handlers, InputOf, OutputOf, s3 } from '@sagebrush/api'
import type { RequestContext } from '../../../context.ts'
import { headerNotImplemented } from '../../s3-refusals.ts'
import { requireBucket, requireUpload, type S3Options } from '../access.ts'
import { requireKey } from '../names.ts'
import { attributesAsked, checksumTold, encryptionTold } from '../writing/object-attributes.ts'
import { completeUpload } from './complete-upload.ts'
import { uploadChecksum } from './rules.ts'
import { uploadPart, uploadPartCopy } from './upload-part.ts'

type MultipartHandlers = Pick<
  Handlers<typeof s3, RequestContext>,
  | 'CreateMultipartUpload'
  | 'UploadPart'
  | 'UploadPartCopy'
  | 'CompleteMultipartUpload'
  | 'AbortMultipartUpload'
>

export function multipartHandlers(options: S3Options): MultipartHandlers {
  return {
    CreateMultipartUpload: (input) => createUpload(options, input),
    UploadPart: (input) => uploadPart(options, input),
    UploadPartCopy: (input) => uploadPartCopy(options, input),

    async CompleteMultipartUpload(input) {
      const stored = await completeUpload(options, input)
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
      // Passed over, a condition that only directory buckets know would end too much.
      if (input.IfMatchInitiatedTime !== undefined)
        throw headerNotImplemented('x-amz-if-match-initiated-time')
      await options.store.uploads.abort(id)
      return {}
    },
  }
}

async function createUpload(
  options: S3Options,
  input: InputOf<typeof s3, 'CreateMultipartUpload'>,
): Promise<OutputOf<typeof s3, 'CreateMultipartUpload'>> {
  await requireBucket(options, input.Bucket, input.ExpectedBucketOwner)
  requireKey(input.Key)
  const checksum = uploadChecksum(input.ChecksumAlgorithm, input.ChecksumType)
  const attributes = attributesAsked(input)
  const upload = {
    bucket: input.Bucket,
    key: input.Key,
    id: randomUUID().replaceAll('-', ''),
    initiatedAt: options.clock(),
    attributes,
    ...(checksum && { checksum }),
  }
  await options.store.uploads.create(upload)
  return {
    ...encryptionTold(attributes),
    ChecksumAlgorithm: checksum?.algorithm,
    ChecksumType: checksum?.type,
    Bucket: input.Bucket,
    Key: input.Key,
    UploadId: upload.id,
  }
}
