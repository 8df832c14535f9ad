import type { Bytes, ChecksumAlgorithm } from '@sagebrush/api'

export interface ObjectName {
  readonly bucket: string
  readonly key: string
}

export interface BucketInfo {
  readonly name: string
  readonly region: string
  readonly createdAt: Date
}

/** All that S3 keeps of an object beside its bytes, size, ETag and time. Plain JSON. */
export interface ObjectAttributes {
  readonly contentHeaders: ContentHeaders
  /** Names in lower case; values as they stood in the header, one character per byte. */
  readonly metadata: Readonly<Record<string, string>>
  readonly checksum?: StoredChecksum
  readonly encryption?: {
    readonly algorithm: string
    readonly kmsKeyId?: string
    readonly bucketKeyEnabled?: boolean
  }
  readonly storageClass?: string
  readonly websiteRedirectLocation?: string
  readonly tags?: readonly Tag[]
  /** Of an object that was put together: the sizes of its parts in bytes, and the upload that they came by. */
  readonly parts?: { readonly uploadId: string; readonly sizes: readonly number[] }
}
export type ContentHeaders = {
  readonly [name in
    | 'CacheControl'
    | 'ContentDisposition'
    | 'ContentEncoding'
    | 'ContentLanguage'
    | 'ContentType'
    | 'Expires']?: string
}
/** Of a multipart upload: over the parts' checksums, or over all bytes. */
export type ChecksumType = 'COMPOSITE' | 'FULL_OBJECT'
export interface StoredChecksum {
  readonly algorithm: ChecksumAlgorithm
  readonly type: ChecksumType
  /** Base64, with `-N` behind a composite one. */
  readonly value: string
}
export interface Tag {
  readonly Key: string
  readonly Value: string
}

export interface StoredObject extends ObjectName {
  readonly sizeBytes: number
  /** Without quotation marks. */
  readonly etag: string
  readonly modifiedAt: Date
  readonly attributes: ObjectAttributes
  /**
   * A capability of stores on this machine: where the bytes lie. They never change in place; the file goes away when the
   * object is written over or deleted.
   */
  readonly localPath?: string
}

/** What a writer knows of an object only once its bytes have passed. */
export interface NewObject extends Pick<StoredObject, 'etag' | 'modifiedAt' | 'attributes'> {
  readonly onlyIf?: WriteCondition | undefined
}
/** On the object that stands there now. */
export type WriteCondition = { readonly absent: true } | { readonly etag: string }

/** Both ends are included. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** Holds the bytes as they were when it was opened, whatever is written later. */
export interface OpenObject extends AsyncDisposable {
  readonly object: StoredObject
  /** To be called once. Closes the object at its end, when it is broken off and when it fails. */
  read(range?: ByteRange): Bytes
}

export interface BucketStore {
  /** False when it exists already. */
  createBucket(bucket: BucketInfo): Promise<boolean>
  getBucket(name: string): Promise<BucketInfo | undefined>
  /** In order of name. */
  listBuckets(): Promise<readonly BucketInfo[]>
  /** Ends the bucket's uploads too. Throws NoSuchBucket, BucketNotEmpty. */
  deleteBucket(name: string): Promise<void>
}

/**
 * Bytes by bucket and key. What a resolved promise has acknowledged survives kill -9 and a loss of power; readers see a
 * whole object or none of it. Every method that writes throws InsufficientStorage when the disk is full.
 */
export interface ObjectStore {
  /**
   * Reads the body to its end, then asks `finish` what it was: what either throws is thrown on, and nothing is stored.
   * Throws NoSuchBucket, PreconditionFailed, and NoSuchKey for `onlyIf` an ETag where nothing stands.
   */
  put(name: ObjectName, body: Bytes, finish: () => NewObject): Promise<StoredObject>
  /**
   * Bytes are shared or copied inside the store. An object copied onto itself changes only what `finish` says of it.
   * Undefined without a source; throws as `put` does.
   */
  copy(
    source: ObjectName,
    target: ObjectName,
    finish: (source: StoredObject) => NewObject,
  ): Promise<StoredObject | undefined>
  /** Throws InternalError when the bytes aren't those that were stored. */
  open(name: ObjectName): Promise<OpenObject | undefined>
  head(name: ObjectName): Promise<StoredObject | undefined>
  /** Keys that start with `prefix` and are not below `from`, in order of their UTF-8 bytes. */
  list(bucket: string, query: ObjectQuery): Promise<ObjectPage>
  /** Of what isn't there too, unless `etag` is asked for. Throws NoSuchKey, PreconditionFailed. */
  delete(name: ObjectName, onlyIf?: { readonly etag: string }): Promise<void>
}
export interface ObjectQuery {
  readonly prefix: string
  readonly from: string
  readonly limit: number
}
export interface ObjectPage {
  readonly objects: readonly StoredObject[]
  readonly more: boolean
}
