import type { Handlers, InputOf, s3 } from '@sagebrush/api'
import type { RequestContext } from '../../../context.ts'
import type { StoredObject } from '../../store/object-store.ts'
import { requireBucket, type S3Options } from '../access.ts'
import { ownerOf } from '../buckets/handlers.ts'
import { fromToken, tokenOf } from './continuation-token.ts'
import { fromMarker, type KeyListing, listKeys } from './keys.ts'
import { countAsked, encodingAsked } from './options.ts'

type ListHandlers = Pick<Handlers<typeof s3, RequestContext>, 'ListObjects' | 'ListObjectsV2'>

export function listHandlers(options: S3Options): ListHandlers {
  return {
    async ListObjects(input) {
      const { Marker = '', Prefix = '', Delimiter } = input
      const { listing, told, encode } = await list(options, input, fromMarker(Marker, Prefix, Delimiter))
      const owner = ownerOf(options.account)
      return {
        ...told,
        Marker: encode(Marker),
        // Without a delimiter, the last key serves.
        NextMarker: Delimiter && listing.next ? encode(listing.next.last) : undefined,
        Contents: listing.objects.map((object) => ({ ...objectTold(object, encode), Owner: owner })),
      }
    },

    async ListObjectsV2(input) {
      const { ContinuationToken, StartAfter, Prefix = '', Delimiter } = input
      const from =
        ContinuationToken === undefined
          ? fromMarker(StartAfter ?? '', Prefix, Delimiter)
          : fromToken(ContinuationToken)
      const { listing, told, encode } = await list(options, input, from)
      const owner = input.FetchOwner ? { Owner: ownerOf(options.account) } : {}
      const contents = listing.objects.map((object) => ({
        ...objectTold(object, encode),
        ...owner,
        ...(input.SagebrushLocalPaths === '1' && { SagebrushLocalPath: object.localPath }),
      }))
      return {
        ...told,
        ContinuationToken,
        NextContinuationToken: listing.next && tokenOf(listing.next.from),
        StartAfter: StartAfter === undefined ? undefined : encode(StartAfter),
        KeyCount: listing.objects.length + listing.commonPrefixes.length,
        Contents: contents,
      }
    },
  }
}

type ListInput = Omit<InputOf<typeof s3, 'ListObjects'>, 'Marker'>

async function list(options: S3Options, input: ListInput, from: string | undefined) {
  const { Bucket, Prefix = '', Delimiter, EncodingType, ExpectedBucketOwner } = input
  await requireBucket(options, Bucket, ExpectedBucketOwner)
  const encode = encodingAsked(EncodingType)
  const limit = countAsked(input.MaxKeys, { name: 'maxKeys', most: 1000 })
  const listing: KeyListing =
    from === undefined
      ? { objects: [], commonPrefixes: [] }
      : await listKeys((query) => options.store.objects.list(Bucket, query), {
          prefix: Prefix,
          delimiter: Delimiter,
          from,
          limit,
        })
  const told = {
    Name: Bucket,
    Prefix: encode(Prefix),
    Delimiter: Delimiter ? encode(Delimiter) : undefined,
    MaxKeys: limit,
    IsTruncated: listing.next !== undefined,
    CommonPrefixes: listing.commonPrefixes.map((prefix) => ({ Prefix: encode(prefix) })),
    EncodingType,
  }
  return { listing, told, encode }
}

function objectTold(object: StoredObject, encode: (text: string) => string) {
  const { checksum, storageClass } = object.attributes
  return {
    Key: encode(object.key),
    LastModified: object.modifiedAt,
    ETag: `"${object.etag}"`,
    ChecksumAlgorithm: checksum && [checksum.algorithm],
    ChecksumType: checksum?.type,
    Size: object.sizeBytes,
    StorageClass: storageClass ?? 'STANDARD',
  }
}
