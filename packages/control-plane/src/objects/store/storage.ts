import type { BucketStore, ObjectStore } from './object-store.ts'
import type { UploadStore } from './upload-store.ts'

/** All that S3 needs of a place for bytes. */
export interface Storage {
  readonly buckets: BucketStore
  readonly objects: ObjectStore
  readonly uploads: UploadStore
}
