import type { Handlers, s3 } from '@sagebrush/api'
import type { RequestContext } from '../../context.ts'
import type { Upload } from '../store/upload-store.ts'
import { requireBucket, requireUpload, type S3Options } from './access.ts'
import { ownerOf } from './bucket-handlers.ts'
import { countAsked, encodingAsked } from './list-options.ts'
import { listUploads } from './list-uploads.ts'

type UploadListingHandlers = Pick<Handlers<typeof s3, RequestContext>, 'ListParts' | 'ListMultipartUploads'>

export function uploadListingHandlers(options: S3Options): UploadListingHandlers {
  const { uploads } = options.store
  const owner = ownerOf(options.account)
  return {
    async ListParts(input) {
      const upload = await requireUpload(options, input)
      const limit = countAsked(input.MaxParts, { name: 'max-parts', most: 1000 })
      const after = countAsked(input.PartNumberMarker ?? 0, { name: 'part-number-marker', most: 10_000 })
      const { parts, more } = await uploads.listParts(upload.id, { after, limit })
      return {
        Bucket: input.Bucket,
        Key: input.Key,
        UploadId: upload.id,
        PartNumberMarker: after,
        NextPartNumberMarker: parts.at(-1)?.number ?? 0,
        MaxParts: limit,
        IsTruncated: more,
        Parts: parts.map(({ number, modifiedAt, etag, sizeBytes, checksum }) => ({
          ...(checksum && { [`Checksum${checksum.algorithm}`]: checksum.value }),
          PartNumber: number,
          LastModified: modifiedAt,
          ETag: `"${etag}"`,
          Size: sizeBytes,
        })),
        Initiator: owner,
        Owner: owner,
        ...uploadTold(upload),
      }
    },

    async ListMultipartUploads(input) {
      const { Bucket, Prefix = '', Delimiter, EncodingType, KeyMarker = '', UploadIdMarker } = input
      await requireBucket(options, Bucket, input.ExpectedBucketOwner)
      const encode = encodingAsked(EncodingType)
      const limit = countAsked(input.MaxUploads, { name: 'max-uploads', most: 1000 })
      const listing = await listUploads((query) => uploads.list(Bucket, query), {
        prefix: Prefix,
        delimiter: Delimiter,
        after: { key: KeyMarker, ...(KeyMarker && UploadIdMarker && { id: UploadIdMarker }) },
        limit,
      })
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
    },
  }
}

function uploadTold({ attributes, checksum }: Upload) {
  return {
    StorageClass: attributes.storageClass ?? 'STANDARD',
    ChecksumAlgorithm: checksum?.algorithm,
    ChecksumType: checksum?.type,
  }
}
