import {
  type Handlers,
  type InputOf,
  InvalidArgument,
  InvalidPartNumber,
  InvalidRange,
  NotModified,
  type s3,
} from '@sagebrush/api'
import type { RequestContext } from '../../../context.ts'
import { noSuchKey, preconditionFailed } from '../../s3-refusals.ts'
import type { ByteRange, ContentHeaders, StoredObject } from '../../store/object-store.ts'
import { refuseCustomerKey, requireBucket, type S3Options } from '../access.ts'
import { requireNullVersion } from '../copying/source.ts'
import { requireKey } from '../names.ts'
import { attributesTold, checksumTold } from '../writing/object-attributes.ts'
import { rangeAsked, rangeOfPart } from './byte-range.ts'
import { readOutcome } from './conditions.ts'

type ReadInput = InputOf<typeof s3, 'HeadObject'>

export function readHandlers(
  options: S3Options,
): Pick<Handlers<typeof s3, RequestContext>, 'GetObject' | 'HeadObject'> {
  return {
    async GetObject(input) {
      await requireReadable(options, input)
      const opened = await options.store.objects.open({ bucket: input.Bucket, key: input.Key })
      if (opened === undefined) throw noSuchKey(input.Key)
      try {
        const { range, told } = answerTo(input, opened.object)
        return { ...told, Body: opened.read(range) }
      } catch (error) {
        await opened[Symbol.asyncDispose]()
        throw error
      }
    },

    async HeadObject(input) {
      await requireReadable(options, input)
      const object = await options.store.objects.head({ bucket: input.Bucket, key: input.Key })
      if (object === undefined) throw noSuchKey(input.Key)
      return answerTo(input, object).told
    },
  }
}

async function requireReadable(options: S3Options, input: ReadInput): Promise<void> {
  await requireBucket(options, input.Bucket, input.ExpectedBucketOwner)
  requireKey(input.Key)
  requireNullVersion(input.VersionId)
  refuseCustomerKey(input)
}

/** Pure. Throws NotModified, PreconditionFailed, InvalidRange, InvalidPartNumber, InvalidArgument. */
function answerTo(input: ReadInput, object: StoredObject) {
  requireConditions(input, object)
  const range = rangeOf(input, object)
  const { sizeBytes, attributes } = object
  const told = {
    ...attributesTold(attributes),
    ...overrides(input),
    // A checksum is of the whole.
    ...(input.ChecksumMode === 'ENABLED' && range === undefined ? checksumTold(attributes.checksum) : {}),
    AcceptRanges: 'bytes',
    ContentLength: range === undefined ? sizeBytes : range.end - range.start + 1,
    ContentRange: range && `bytes ${range.start}-${range.end}/${sizeBytes}`,
    ETag: `"${object.etag}"`,
    LastModified: object.modifiedAt,
    PartsCount: input.PartNumber === undefined ? undefined : attributes.parts?.sizes.length,
  }
  return { range, told }
}

function requireConditions(input: ReadInput, object: StoredObject): void {
  const outcome = readOutcome(
    {
      ifMatch: input.IfMatch,
      ifNoneMatch: input.IfNoneMatch,
      ifModifiedSince: input.IfModifiedSince,
      ifUnmodifiedSince: input.IfUnmodifiedSince,
    },
    object,
  )
  if (outcome.outcome === 'failed') throw preconditionFailed(outcome.condition)
  if (outcome.outcome === 'not-modified')
    throw NotModified('Not Modified', {
      headers: { etag: `"${object.etag}"`, 'last-modified': object.modifiedAt.toUTCString() },
    })
}

/** Undefined for the whole object. */
function rangeOf(input: ReadInput, { sizeBytes, attributes }: StoredObject): ByteRange | undefined {
  if (input.PartNumber !== undefined) {
    if (input.Range !== undefined)
      throw InvalidArgument('Cannot specify both Range header and partNumber query parameter')
    const sizes = attributes.parts?.sizes ?? [sizeBytes]
    const range = rangeOfPart(sizes, input.PartNumber)
    if (range === undefined)
      throw InvalidPartNumber('The requested partnumber is not satisfiable', {
        details: { PartNumberRequested: input.PartNumber, ActualPartCount: sizes.length },
      })
    return sizeBytes === 0 ? undefined : range
  }
  const asked = input.Range === undefined ? 'whole' : rangeAsked(input.Range, sizeBytes)
  if (asked === 'unsatisfiable')
    throw InvalidRange('The requested range is not satisfiable', {
      details: { RangeRequested: input.Range, ActualObjectSize: sizeBytes },
      headers: { 'content-range': `bytes */${sizeBytes}` },
    })
  return asked === 'whole' ? undefined : asked
}

function overrides(input: ReadInput): ContentHeaders {
  const asked = {
    CacheControl: input.ResponseCacheControl,
    ContentDisposition: input.ResponseContentDisposition,
    ContentEncoding: input.ResponseContentEncoding,
    ContentLanguage: input.ResponseContentLanguage,
    ContentType: input.ResponseContentType,
    Expires: input.ResponseExpires?.toUTCString(),
  }
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined))
}
