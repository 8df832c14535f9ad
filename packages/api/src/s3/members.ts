import { boolean, integer, map, optional, required, string, timestamp } from '../shape.ts'

// Members that many S3 operations share, in AWS's spelling. Source: AWS's service model for S3 (2006-03-01).
// Enumerated inputs are plain strings: S3 refuses wrong values in words of its own, which differ from one to the next.

const text = string()
export const header = (name: string) => optional(text, { at: { header: name } })
export const query = (name: string) => optional(text, { at: { query: name } })

export const bucket = { Bucket: required(text, { at: { path: 'Bucket' } }) }
export const bucketAndKey = { ...bucket, Key: required(text, { at: { path: 'Key' } }) }

/** Who asks, and of whom. */
export const caller = {
  RequestPayer: header('x-amz-request-payer'),
  ExpectedBucketOwner: header('x-amz-expected-bucket-owner'),
}

export const checksumsInHeaders = {
  ChecksumCRC32: header('x-amz-checksum-crc32'),
  ChecksumCRC32C: header('x-amz-checksum-crc32c'),
  ChecksumCRC64NVME: header('x-amz-checksum-crc64nvme'),
  ChecksumSHA1: header('x-amz-checksum-sha1'),
  ChecksumSHA256: header('x-amz-checksum-sha256'),
}
export const checksumTypeInHeader = { ChecksumType: header('x-amz-checksum-type') }
export const checksumsInBody = {
  ChecksumCRC32: text,
  ChecksumCRC32C: text,
  ChecksumCRC64NVME: text,
  ChecksumSHA1: text,
  ChecksumSHA256: text,
}

/** What a body may be checked against. */
export const bodyIntegrity = {
  ContentLength: optional(integer(), { at: { header: 'Content-Length' } }),
  ContentMD5: header('Content-MD5'),
  /** The names of the checksums that follow the body. A member of ours: AWS's model leaves it to its clients. */
  Trailer: header('x-amz-trailer'),
  ChecksumAlgorithm: header('x-amz-sdk-checksum-algorithm'),
  ...checksumsInHeaders,
}

/** A key that the client keeps. */
export const customerKey = {
  SSECustomerAlgorithm: header('x-amz-server-side-encryption-customer-algorithm'),
  SSECustomerKey: header('x-amz-server-side-encryption-customer-key'),
  SSECustomerKeyMD5: header('x-amz-server-side-encryption-customer-key-MD5'),
}
export const encryptionGiven = {
  ServerSideEncryption: header('x-amz-server-side-encryption'),
  SSEKMSKeyId: header('x-amz-server-side-encryption-aws-kms-key-id'),
  BucketKeyEnabled: optional(boolean(), {
    at: { header: 'x-amz-server-side-encryption-bucket-key-enabled' },
  }),
}
const encryptionAsked = {
  ...encryptionGiven,
  ...customerKey,
  SSEKMSEncryptionContext: header('x-amz-server-side-encryption-context'),
}

export const contentHeaders = {
  CacheControl: header('Cache-Control'),
  ContentDisposition: header('Content-Disposition'),
  ContentEncoding: header('Content-Encoding'),
  ContentLanguage: header('Content-Language'),
  ContentType: header('Content-Type'),
  Expires: header('Expires'),
}

/** All that a client may say of an object that it is about to store, beside the bytes. */
export const objectAttributes = {
  ...contentHeaders,
  ...encryptionAsked,
  ACL: header('x-amz-acl'),
  GrantFullControl: header('x-amz-grant-full-control'),
  GrantRead: header('x-amz-grant-read'),
  GrantReadACP: header('x-amz-grant-read-acp'),
  GrantWriteACP: header('x-amz-grant-write-acp'),
  Metadata: optional(map(text), { at: { headers: 'x-amz-meta-' } }),
  StorageClass: header('x-amz-storage-class'),
  WebsiteRedirectLocation: header('x-amz-website-redirect-location'),
  Tagging: header('x-amz-tagging'),
  ObjectLockMode: header('x-amz-object-lock-mode'),
  ObjectLockRetainUntilDate: optional(timestamp('iso8601'), {
    at: { header: 'x-amz-object-lock-retain-until-date' },
  }),
  ObjectLockLegalHoldStatus: header('x-amz-object-lock-legal-hold'),
}

/** Of the object that is written over. */
export const writeConditions = { IfMatch: header('If-Match'), IfNoneMatch: header('If-None-Match') }
/** Of the object that is read. */
export const readConditions = {
  IfMatch: header('If-Match'),
  IfNoneMatch: header('If-None-Match'),
  IfModifiedSince: optional(timestamp('http-date'), { at: { header: 'If-Modified-Since' } }),
  IfUnmodifiedSince: optional(timestamp('http-date'), { at: { header: 'If-Unmodified-Since' } }),
}

/** Where the bytes of a copy come from. */
export const copySource = {
  CopySource: required(text, { at: { header: 'x-amz-copy-source' } }),
  CopySourceIfMatch: header('x-amz-copy-source-if-match'),
  CopySourceIfNoneMatch: header('x-amz-copy-source-if-none-match'),
  CopySourceIfModifiedSince: optional(timestamp('http-date'), {
    at: { header: 'x-amz-copy-source-if-modified-since' },
  }),
  CopySourceIfUnmodifiedSince: optional(timestamp('http-date'), {
    at: { header: 'x-amz-copy-source-if-unmodified-since' },
  }),
  CopySourceSSECustomerAlgorithm: header('x-amz-copy-source-server-side-encryption-customer-algorithm'),
  CopySourceSSECustomerKey: header('x-amz-copy-source-server-side-encryption-customer-key'),
  CopySourceSSECustomerKeyMD5: header('x-amz-copy-source-server-side-encryption-customer-key-MD5'),
  ExpectedSourceBucketOwner: header('x-amz-source-expected-bucket-owner'),
}
