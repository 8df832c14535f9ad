import type { Handlers, InputOf, OutputOf, s3 } from '@sagebrush/api'
import type { RequestContext } from '../../../context.ts'
import type { Part, Upload } from '../../store/upload-store.ts'
import { requireBucket, requireUpload, type S3Options } from '../access.ts'
import { ownerOf } from '../buckets/handlers.ts'
import { countAsked, encodingAsked } from '../listing/options.ts'
import { listUploads } from './list-uploads.ts'
import { partChecksum } from './upload-part.ts'

type UploadListingHandlers = Pick<Handlers<typeof s3, RequestContext>, 'ListParts' | 'ListMultipartUploads'>

export function uploadListingHandlers(options: S3Options): UploadListingHandlers {
  return {
    ListParts: (input) => listParts(options, input),
    ListMultipartUploads: (input) => listMultipartUploads(options, input),
  }
}

async function listParts(
  options: S3Options,
  input: InputOf<typeof s3, 'ListParts'>,
): Promise<OutputOf<typeof s3, 'ListParts'>> {
  const upload = await requireUpload(options, input)
  const limit = countAsked(input.MaxParts, { name: 'max-parts', most: 1000 })
  const after = countAsked(input.PartNumberMarker ?? 0, { name: 'part-number-marker', most: 10_000 })
  const { parts, more } = await options.store.uploads.listParts(upload.id, { after, limit })
  const owner = ownerOf(options.account)
  return {
    Bucket: input.Bucket,
    Key: input.Key,
    UploadId: upload.id,
    PartNumberMarker: after,
    NextPartNumberMarker: parts.at(-1)?.number ?? 0,
    MaxParts: limit,
    IsTruncated: more,
    Parts: parts.map(partTold),
    Initiator: owner,
    Owner: owner,
    ...uploadTold(upload),
  }
}

async function listMultipartUploads(
  options: S3Options,
  input: InputOf<typeof s3, 'ListMultipartUploads'>,
): Promise<OutputOf<typeof s3, 'ListMultipartUploads'>> {
  const { Bucket, Prefix = '', Delimiter, EncodingType, KeyMarker = '', UploadIdMarker } = input
  await requireBucket(options, Bucket, input.ExpectedBucketOwner)
  const encode = encodingAsked(EncodingType)
  const limit = countAsked(input.MaxUploads, { name: 'max-uploads', most: 1000 })
  const listing = await listUploads((query) => options.store.uploads.list(Bucket, query), {
    prefix: Prefix,
    delimiter: Delimiter,
    after: { key: KeyMarker, ...(KeyMarker && UploadIdMarker && { id: UploadIdMarker }) },
    limit,
  })
  const owner = ownerOf(options.account)
  return {
    Bucket,
    KeyMarker: encode(KeyMarker),
    UploadIdMarker: UploadIdMarker ?? '',
    NextKeyMarker: listing.next && encode(listing.next.key),
    NextUploadIdMarker: listing.next?.id,
    Prefix: encode(Prefix),
    Delimiter: Delimiter ? encode(Delimiter) : undefined,
    MaxUploads: limit,
    IsTruncated: listing.next !== undefined,
    Uploads: listing.uploads.map((upload) => ({
      UploadId: upload.id,
      Key: encode(upload.key),
      Initiated: upload.initiatedAt,
      Owner: owner,
      Initiator: owner,
      ...uploadTold(upload),
    })),
    CommonPrefixes: listing.commonPrefixes.map((prefix) => ({ Prefix: encode(prefix) })),
    EncodingType,
  }
}

function partTold(part: Part) {
  return {
    ...partChecksum(part),
    PartNumber: part.number,
    LastModified: part.modifiedAt,
    ETag: `"${part.etag}"`,
    Size: part.sizeBytes,
  }
}

function uploadTold({ attributes, checksum }: Upload) {
  return {
    StorageClass: attributes.storageClass ?? 'STANDARD',
    ChecksumAlgorithm: checksum?.algorithm,
    ChecksumType: checksum?.type,
  }
}
