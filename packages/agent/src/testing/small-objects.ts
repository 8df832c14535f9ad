import {
  bytesOf,
  type InputOf,
  NoSuchBucket,
  NoSuchKey,
  NoSuchUpload,
  readAll,
  type s3,
} from '@sagebrush/api'
import type { Handle } from './small-server.ts'

type Input<N extends Parameters<typeof name>[0]> = InputOf<typeof s3, N>
declare function name(
  operation:
    | 'ListObjectsV2'
    | 'GetObject'
    | 'PutObject'
    | 'DeleteObject'
    | 'CreateMultipartUpload'
    | 'UploadPart'
    | 'CompleteMultipartUpload'
    | 'AbortMultipartUpload',
): void

export interface SmallStore {
  readonly objects: Map<string, Buffer>
  readonly buckets: Set<string>
  readonly localPaths: ReadonlyMap<string, string>
  readonly uploads: Map<string, Map<number, Buffer>>
}

/** Pages are small, so that tests meet more than one. */
const pageKeys = 3
const limitBytes = 256 << 20

export function objectHandlers(store: SmallStore): Readonly<Record<string, Handle>> {
  return { ...wholeObjects(store), ...uploads(store) }
}

function wholeObjects(store: SmallStore): Readonly<Record<string, Handle>> {
  const { objects, localPaths } = store
  return {
    ListObjectsV2({
      Bucket,
      Prefix = '',
      ContinuationToken = '',
      SagebrushLocalPaths,
    }: Input<'ListObjectsV2'>) {
      requireBucket(store, Bucket)
      const all = [...objects.keys()].filter((name) => name.startsWith(`${Bucket}/${Prefix}`)).sort()
      const page = all.filter((name) => name > ContinuationToken).slice(0, pageKeys)
      const last = page.at(-1)
      const isTruncated = last !== undefined && last !== all.at(-1)
      return {
        IsTruncated: isTruncated,
        NextContinuationToken: isTruncated ? last : undefined,
        Contents: page.map((name) => ({
          Key: name.slice(Bucket.length + 1),
          Size: objects.get(name)?.length,
          SagebrushLocalPath: SagebrushLocalPaths === '1' ? localPaths.get(name) : undefined,
        })),
      }
    },
    GetObject({ Bucket, Key }: Input<'GetObject'>) {
      const bytes = objects.get(`${Bucket}/${Key}`)
      if (bytes === undefined) throw NoSuchKey('The specified key does not exist.')
      return { Body: bytesOf(bytes), ContentLength: bytes.length }
    },
    async PutObject({ Bucket, Key, Body }: Input<'PutObject'>) {
      requireBucket(store, Bucket)
      objects.set(`${Bucket}/${Key}`, await readAll(Body ?? bytesOf(), limitBytes))
      return { ETag: '"whole"' }
    },
    DeleteObject({ Bucket, Key }: Input<'DeleteObject'>) {
      objects.delete(`${Bucket}/${Key}`)
      return {}
    },
  }
}

function uploads(store: SmallStore): Readonly<Record<string, Handle>> {
  const partsOf = (id: string): Map<number, Buffer> => {
    const parts = store.uploads.get(id)
    if (parts === undefined) throw NoSuchUpload('The specified upload does not exist.')
    return parts
  }
  let made = 0
  return {
    CreateMultipartUpload({ Bucket }: Input<'CreateMultipartUpload'>) {
      requireBucket(store, Bucket)
      made += 1
      store.uploads.set(`upload-${made}`, new Map())
      return { UploadId: `upload-${made}` }
    },
    async UploadPart({ UploadId, PartNumber, Body }: Input<'UploadPart'>) {
      partsOf(UploadId).set(Number(PartNumber), await readAll(Body ?? bytesOf(), limitBytes))
      return { ETag: `"part-${PartNumber}"` }
    },
    CompleteMultipartUpload({ Bucket, Key, UploadId, MultipartUpload }: Input<'CompleteMultipartUpload'>) {
      const parts = partsOf(UploadId)
      const named = (MultipartUpload?.Parts ?? []).map(({ PartNumber = 0 }) => parts.get(PartNumber))
      store.objects.set(`${Bucket}/${Key}`, Buffer.concat(named.filter((part) => part !== undefined)))
      store.uploads.delete(UploadId)
      return {}
    },
    AbortMultipartUpload({ UploadId }: Input<'AbortMultipartUpload'>) {
      store.uploads.delete(UploadId)
      return {}
    },
  }
}

function requireBucket({ buckets, objects }: SmallStore, bucket: string): void {
  if (buckets.has(bucket) || [...objects.keys()].some((name) => name.startsWith(`${bucket}/`))) return
  throw NoSuchBucket('The specified bucket does not exist')
}
