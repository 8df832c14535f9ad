import type { Bytes, ChecksumAlgorithm } from '@sagebrush/api'
import type { ChecksumType, NewObject, ObjectAttributes, ObjectName, StoredObject } from './object-store.ts'

/** A multipart upload that is neither completed nor aborted. */
export interface Upload extends ObjectName {
  readonly id: string
  readonly initiatedAt: Date
  /** Of the object to come. */
  readonly attributes: ObjectAttributes
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly type: ChecksumType }
}

export interface Part {
  readonly number: number
  readonly sizeBytes: number
  /** Hexadecimal MD5. */
  readonly etag: string
  readonly modifiedAt: Date
  /** Base64, of the upload's algorithm or of what the sender chose. */
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly value: string }
}
export type NewPart = Omit<Part, 'number' | 'sizeBytes'>

export interface PartBody {
  readonly bytes: Bytes
  /** As announced, where it was; more than these are an error. */
  readonly sizeBytes?: number | undefined
  /** Asked once the bytes have passed, as for an object. */
  readonly finish: () => NewPart
}

export interface Assembly {
  /** Of the parts, in the order of their bytes. */
  readonly numbers: readonly number[]
  readonly object: NewObject
}

export const partNumberLimit = 10_000

/** Uploads in pieces. As durable, and as atomic, as an ObjectStore; every method but `get` throws NoSuchUpload. */
export interface UploadStore {
  /** Throws NoSuchBucket. */
  create(upload: Upload): Promise<void>
  get(id: string): Promise<Upload | undefined>
  /** In order of key, then of id. `after` without an id stands for all uploads of that key. */
  list(
    bucket: string,
    query: UploadQuery,
  ): Promise<{ readonly uploads: readonly Upload[]; readonly more: boolean }>
  /** Parts may come at once and in any order; a number that comes again replaces what it had. */
  putPart(id: string, number: number, body: PartBody): Promise<Part>
  /** In order of number. */
  listParts(
    id: string,
    query: { readonly after: number; readonly limit: number },
  ): Promise<{ readonly parts: readonly Part[]; readonly more: boolean }>
  /**
   * Asks `assemble`, which may throw, what the parts that there are shall become; stores that, and ends the upload.
   * Throws as `ObjectStore.put` does, and OperationAborted when a part is replaced meanwhile.
   */
  complete(id: string, assemble: (parts: readonly Part[]) => Assembly): Promise<StoredObject>
  abort(id: string): Promise<void>
}
export interface UploadQuery {
  readonly prefix: string
  readonly after?: { readonly key: string; readonly id?: string }
  readonly limit: number
}
