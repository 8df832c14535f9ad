import {
  type ChecksumMembers,
  type InputOf,
  InvalidArgument,
  InvalidRequest,
  InvalidStorageClass,
  MetadataTooLarge,
  type s3,
} from '@sagebrush/api'
import type { ContentHeaders, ObjectAttributes, StoredChecksum } from '../../store/object-store.ts'
import { refuseCustomerKey } from '../access.ts'
import { tagsFromHeader } from '../tags/object-tags.ts'

/** What PutObject, CopyObject and CreateMultipartUpload have in common. */
export type AttributesAsked = Omit<
  InputOf<typeof s3, 'CreateMultipartUpload'>,
  'ChecksumAlgorithm' | 'ChecksumType'
>

/** Throws InvalidArgument, InvalidRequest, InvalidStorageClass, InvalidTag, MetadataTooLarge, NotImplemented. */
export function attributesAsked(asked: AttributesAsked): ObjectAttributes {
  refuseCustomerKey(asked)
  refuseLocks(asked)
  const encryption = encryptionAsked(asked)
  return {
    contentHeaders: contentHeaders(asked),
    metadata: requireMetadata(asked.Metadata ?? {}),
    ...(encryption && { encryption }),
    ...(asked.StorageClass && { storageClass: requireStorageClass(asked.StorageClass) }),
    ...(asked.WebsiteRedirectLocation && { websiteRedirectLocation: asked.WebsiteRedirectLocation }),
    ...(asked.Tagging && { tags: tagsFromHeader(asked.Tagging) }),
  }
}

/** The headers that an answer about an object has of it. */
export function attributesTold({ contentHeaders, metadata, ...rest }: ObjectAttributes) {
  return {
    ...contentHeaders,
    ...encryptionTold(rest),
    Metadata: metadata,
    // AWS leaves its default out.
    StorageClass: rest.storageClass === 'STANDARD' ? undefined : rest.storageClass,
    TagCount: rest.tags?.length,
    WebsiteRedirectLocation: rest.websiteRedirectLocation,
  }
}

/** Nothing is encrypted here; what was asked for is told, as clients check it. */
export function encryptionTold({ encryption }: Pick<ObjectAttributes, 'encryption'>) {
  return {
    ServerSideEncryption: encryption?.algorithm,
    SSEKMSKeyId: encryption?.kmsKeyId,
    BucketKeyEnabled: encryption?.bucketKeyEnabled,
  }
}

/** `{ ChecksumCRC32: '…', ChecksumType: 'FULL_OBJECT' }`; nothing without one. */
export function checksumTold(
  checksum: StoredChecksum | undefined,
): ChecksumMembers & { ChecksumType?: string } {
  return checksum === undefined
    ? {}
    : { [`Checksum${checksum.algorithm}`]: checksum.value, ChecksumType: checksum.type }
}

function contentHeaders(asked: AttributesAsked): ContentHeaders {
  const { CacheControl, ContentDisposition, ContentEncoding, ContentLanguage, ContentType, Expires } = asked
  const given = { CacheControl, ContentDisposition, ContentEncoding, ContentLanguage, ContentType, Expires }
  const kept = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined && value !== ''),
  )
  return { ContentType: 'binary/octet-stream', ...kept }
}

/** Throws MetadataTooLarge. Source: Amazon S3 User Guide, "User-defined object metadata". */
function requireMetadata(metadata: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const sizes = Object.entries(metadata).map(([name, value]) => name.length + value.length)
  const sizeBytes = sizes.reduce((sum, size) => sum + size, 0)
  if (sizeBytes > metadataLimitBytes)
    throw MetadataTooLarge('Your metadata headers exceed the maximum allowed metadata size', {
      details: { Size: sizeBytes, MaxSizeAllowed: metadataLimitBytes },
    })
  return metadata
}
const metadataLimitBytes = 2048

function encryptionAsked(asked: AttributesAsked): ObjectAttributes['encryption'] {
  const { ServerSideEncryption: algorithm, SSEKMSKeyId: kmsKeyId, BucketKeyEnabled: bucketKeyEnabled } = asked
  if (algorithm === undefined) return undefined
  if (!['AES256', 'aws:kms', 'aws:kms:dsse'].includes(algorithm))
    throw InvalidArgument('The encryption method specified is not supported', {
      details: { ArgumentName: 'x-amz-server-side-encryption', ArgumentValue: algorithm },
    })
  return {
    algorithm,
    ...(kmsKeyId !== undefined && { kmsKeyId }),
    ...(bucketKeyEnabled !== undefined && { bucketKeyEnabled }),
  }
}

function requireStorageClass(name: string): string {
  if (storageClasses.includes(name)) return name
  throw InvalidStorageClass('The storage class you specified is not valid', {
    details: { StorageClassRequested: name },
  })
}
const storageClasses = [
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER',
  'DEEP_ARCHIVE',
  'GLACIER_IR',
]

function refuseLocks(asked: AttributesAsked): void {
  if (asked.ObjectLockMode ?? asked.ObjectLockRetainUntilDate ?? asked.ObjectLockLegalHoldStatus)
    throw InvalidRequest('Bucket is missing Object Lock Configuration')
}
