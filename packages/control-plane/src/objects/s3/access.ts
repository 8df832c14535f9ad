import { AccessDenied } from '@sagebrush/api'
import { headerNotImplemented, noSuchBucket, noSuchUpload } from '../s3-refusals.ts'
import type { BucketInfo } from '../store/object-store.ts'
import type { Storage } from '../store/storage.ts'
import type { Upload } from '../store/upload-store.ts'
import { requireBucketName } from './names.ts'

/** What every group of handlers works with. */
export interface S3Options {
  readonly store: Storage
  readonly clock: () => Date
  /** Twelve digits: the owner of every bucket. */
  readonly account: string
}

/** Throws NoSuchBucket, InvalidBucketName, and AccessDenied for a caller who takes another for the owner. */
export async function requireBucket(
  { store, account }: S3Options,
  name: string,
  expectedOwner: string | undefined,
): Promise<BucketInfo> {
  const bucket = await store.buckets.getBucket(name)
  if (bucket === undefined) {
    requireBucketName(name)
    throw noSuchBucket(name)
  }
  if (expectedOwner !== undefined && expectedOwner !== account) throw AccessDenied('Access Denied')
  return bucket
}

/** Throws as `requireBucket` does, and NoSuchUpload. */
export async function requireUpload(
  options: S3Options,
  asked: {
    readonly Bucket: string
    readonly Key: string
    readonly UploadId: string
    readonly ExpectedBucketOwner?: string | undefined
  },
): Promise<Upload> {
  await requireBucket(options, asked.Bucket, asked.ExpectedBucketOwner)
  const upload = await options.store.uploads.get(asked.UploadId)
  if (upload?.bucket !== asked.Bucket || upload.key !== asked.Key) throw noSuchUpload(asked.UploadId)
  return upload
}

interface CustomerKey {
  readonly SSECustomerAlgorithm?: string | undefined
  readonly SSECustomerKey?: string | undefined
  readonly CopySourceSSECustomerKey?: string | undefined
}

/** Nothing is encrypted here: to take a key and not use it would be a lie. Throws NotImplemented. */
export function refuseCustomerKey(asked: CustomerKey): void {
  if (asked.SSECustomerAlgorithm !== undefined || asked.SSECustomerKey !== undefined)
    throw headerNotImplemented('x-amz-server-side-encryption-customer-algorithm')
  if (asked.CopySourceSSECustomerKey !== undefined)
    throw headerNotImplemented('x-amz-copy-source-server-side-encryption-customer-key')
}
