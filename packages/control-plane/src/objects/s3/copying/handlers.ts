import {
  algorithmNamed,
  checkedBody,
  type Handlers,
  type InputOf,
  InvalidArgument,
  InvalidRequest,
  type s3,
} from '@sagebrush/api'
import type { RequestContext } from '../../../context.ts'
import { noSuchKey } from '../../s3-refusals.ts'
import type { NewObject, ObjectAttributes, ObjectName, StoredObject } from '../../store/object-store.ts'
import { refuseCustomerKey, requireBucket, type S3Options } from '../access.ts'
import { requireKey } from '../names.ts'
import type { ReadConditions } from '../reading/conditions.ts'
import { writeConditionAsked } from '../writing/condition.ts'
import { attributesAsked, checksumTold, encryptionTold } from '../writing/object-attributes.ts'
import { parseCopySource, requireSource } from './source.ts'

type CopyInput = InputOf<typeof s3, 'CopyObject'>

export function copyHandlers(options: S3Options): Pick<Handlers<typeof s3, RequestContext>, 'CopyObject'> {
  const { store, clock } = options
  return {
    async CopyObject(input) {
      await requireBucket(options, input.Bucket, input.ExpectedBucketOwner)
      requireKey(input.Key)
      const target = { bucket: input.Bucket, key: input.Key }
      const source = await requireCopySource(options, input)
      requireDirectives(input)
      const asked = attributesAsked(input)
      const onlyIf = writeConditionAsked(input)
      requireChange(input, source, target)
      const describe = (from: StoredObject): NewObject => {
        requireSource(sourceConditions(input), from)
        return {
          etag: from.etag,
          modifiedAt: clock(),
          attributes: attributesOfCopy(input, from, asked),
          onlyIf,
        }
      }
      const stored = await copyOrSum(store.objects, {
        source,
        target,
        describe,
        algorithm: input.ChecksumAlgorithm,
      })
      return {
        ...encryptionTold(stored.attributes),
        CopyObjectResult: {
          ETag: `"${stored.etag}"`,
          LastModified: stored.modifiedAt,
          ...checksumTold(stored.attributes.checksum),
        },
      }
    },
  }
}

interface SourceAsked {
  readonly CopySource: string
  readonly ExpectedSourceBucketOwner?: string | undefined
  readonly CopySourceIfMatch?: string | undefined
  readonly CopySourceIfNoneMatch?: string | undefined
  readonly CopySourceIfModifiedSince?: Date | undefined
  readonly CopySourceIfUnmodifiedSince?: Date | undefined
}

/** Throws as `requireBucket` does for the source's, InvalidArgument, NotImplemented. */
export async function requireCopySource(
  options: S3Options,
  asked: SourceAsked & Parameters<typeof refuseCustomerKey>[0],
): Promise<ObjectName> {
  refuseCustomerKey(asked)
  const source = parseCopySource(asked.CopySource)
  await requireBucket(options, source.bucket, asked.ExpectedSourceBucketOwner)
  return source
}

/** The `x-amz-copy-source-if-…` headers as a read has them. */
export function sourceConditions(asked: SourceAsked): ReadConditions {
  return {
    ifMatch: asked.CopySourceIfMatch,
    ifNoneMatch: asked.CopySourceIfNoneMatch,
    ifModifiedSince: asked.CopySourceIfModifiedSince,
    ifUnmodifiedSince: asked.CopySourceIfUnmodifiedSince,
  }
}

function requireDirectives({ MetadataDirective, TaggingDirective }: CopyInput): void {
  const refuse = (name: string, kind: string, value: string | undefined) => {
    if (value !== undefined && value !== 'COPY' && value !== 'REPLACE')
      throw InvalidArgument(`Unknown ${kind} directive.`, {
        details: { ArgumentName: name, ArgumentValue: value },
      })
  }
  refuse('x-amz-metadata-directive', 'metadata', MetadataDirective)
  refuse('x-amz-tagging-directive', 'tagging', TaggingDirective)
}

/** Throws InvalidRequest for a copy onto itself that would change nothing. */
function requireChange(input: CopyInput, source: ObjectName, target: ObjectName): void {
  const isSame = source.bucket === target.bucket && source.key === target.key
  const changes =
    input.MetadataDirective === 'REPLACE' ||
    input.TaggingDirective === 'REPLACE' ||
    input.StorageClass !== undefined ||
    input.WebsiteRedirectLocation !== undefined ||
    input.ServerSideEncryption !== undefined ||
    input.ChecksumAlgorithm !== undefined
  if (isSame && !changes)
    throw InvalidRequest(
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    )
}

/** Class, encryption and redirect are never copied. Source: Amazon S3 API Reference, CopyObject. */
function attributesOfCopy(
  input: CopyInput,
  { attributes: from }: StoredObject,
  asked: ObjectAttributes,
): ObjectAttributes {
  const { tags: tagsAsked, ...rest } = asked
  const tags = input.TaggingDirective === 'REPLACE' ? tagsAsked : from.tags
  return {
    ...rest,
    ...(input.MetadataDirective !== 'REPLACE' && {
      contentHeaders: from.contentHeaders,
      metadata: from.metadata,
    }),
    ...(tags && { tags }),
    ...(from.checksum && { checksum: from.checksum }),
  }
}

interface Copy {
  readonly source: ObjectName
  readonly target: ObjectName
  readonly describe: (from: StoredObject) => NewObject
  readonly algorithm: string | undefined
}

/** The bytes pass through here only when a checksum is asked for that the source does not have. Throws NoSuchKey. */
async function copyOrSum(
  objects: S3Options['store']['objects'],
  { source, target, describe, algorithm: name }: Copy,
): Promise<StoredObject> {
  const algorithm = name === undefined ? undefined : algorithmNamed(name)
  const opened = algorithm === undefined ? undefined : await objects.open(source)
  if (opened !== undefined && opened.object.attributes.checksum?.algorithm !== algorithm) {
    await using from = opened
    const body = checkedBody({ Body: from.read() }, algorithm)
    const object = describe(from.object)
    return await objects.put(target, body.bytes, () => {
      const { md5, checksum } = body.finish()
      const { attributes } = object
      return {
        ...object,
        etag: md5,
        attributes: { ...attributes, ...(checksum && { checksum: { ...checksum, type: 'FULL_OBJECT' } }) },
      }
    })
  }
  await opened?.[Symbol.asyncDispose]()
  const stored = await objects.copy(source, target, describe)
  if (stored === undefined) throw noSuchKey(source.key)
  return stored
}
