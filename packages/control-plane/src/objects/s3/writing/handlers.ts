import { ApiError, checkedBody, type Handlers, InternalError, MalformedXML, type s3 } from '@sagebrush/api'
import type { RequestContext } from '../../../context.ts'
import { headerNotImplemented } from '../../s3-refusals.ts'
import { requireCondition } from '../../store/write-condition.ts'
import { requireBucket, type S3Options } from '../access.ts'
import { requireNullVersion } from '../copying/source.ts'
import { requireKey } from '../names.ts'
import { unquoted } from '../reading/conditions.ts'
import { writeConditionAsked } from './condition.ts'
import { attributesAsked, checksumTold, encryptionTold } from './object-attributes.ts'

type WriteHandlers = Pick<Handlers<typeof s3, RequestContext>, 'PutObject' | 'DeleteObject' | 'DeleteObjects'>

export function writeHandlers(options: S3Options): WriteHandlers {
  const { store, clock } = options
  const deleteOne = async (name: { bucket: string; key: string }, asked: DeleteAsked) => {
    requireKey(name.key)
    requireNullVersion(asked.VersionId)
    if (asked.etag?.trim() === '*') throw headerNotImplemented('If-Match')
    // Conditions that only directory buckets know: to pass over them would delete too much.
    if (asked.isConditional) throw headerNotImplemented('If-Match')
    await store.objects.delete(name, asked.etag === undefined ? undefined : { etag: unquoted(asked.etag) })
  }
  return {
    async PutObject(input) {
      await requireBucket(options, input.Bucket, input.ExpectedBucketOwner)
      requireKey(input.Key)
      if (input.WriteOffsetBytes !== undefined) throw headerNotImplemented('x-amz-write-offset-bytes')
      const name = { bucket: input.Bucket, key: input.Key }
      const attributes = attributesAsked(input)
      const onlyIf = writeConditionAsked(input)
      if (onlyIf !== undefined) requireCondition(onlyIf, await store.objects.head(name), input.Key)
      const body = checkedBody(input)
      const stored = await store.objects.put(name, body.bytes, () => {
        const { md5, checksum } = body.finish()
        return {
          etag: md5,
          modifiedAt: clock(),
          attributes: { ...attributes, ...(checksum && { checksum: { ...checksum, type: 'FULL_OBJECT' } }) },
          onlyIf,
        }
      })
      return {
        ...encryptionTold(stored.attributes),
        ...checksumTold(stored.attributes.checksum),
        ETag: `"${stored.etag}"`,
      }
    },

    async DeleteObject({ Bucket, Key, ExpectedBucketOwner, VersionId, ...asked }) {
      await requireBucket(options, Bucket, ExpectedBucketOwner)
      const isConditional = (asked.IfMatchSize ?? asked.IfMatchLastModifiedTime) !== undefined
      await deleteOne({ bucket: Bucket, key: Key }, { VersionId, etag: asked.IfMatch, isConditional })
      return {}
    },

    async DeleteObjects({ Bucket, ExpectedBucketOwner, Delete: { Objects, Quiet } }) {
      await requireBucket(options, Bucket, ExpectedBucketOwner)
      if (Objects.length === 0 || Objects.length > deletedAtOnce)
        throw MalformedXML(
          'The XML you provided was not well-formed or did not validate against our published schema',
        )
      const results = await Promise.all(
        Objects.map(({ Key, VersionId, ETag, LastModifiedTime, Size }) =>
          deleteOne(
            { bucket: Bucket, key: Key },
            { VersionId, etag: ETag, isConditional: LastModifiedTime !== undefined || Size !== undefined },
          ).then(
            () => ({ deleted: { Key, VersionId } }),
            (error: unknown) => ({ failed: { Key, VersionId, ...told(error) } }),
          ),
        ),
      )
      return {
        Deleted: Quiet ? [] : results.flatMap((result) => ('deleted' in result ? [result.deleted] : [])),
        Errors: results.flatMap((result) => ('failed' in result ? [result.failed] : [])),
      }
    },
  }
}

const deletedAtOnce = 1000

interface DeleteAsked {
  readonly VersionId: string | undefined
  readonly etag: string | undefined
  /** On the object's size or time. */
  readonly isConditional: boolean
}

function told(error: unknown): { readonly Code: string; readonly Message: string } {
  return error instanceof ApiError
    ? { Code: error.code, Message: error.message }
    : { Code: InternalError.code, Message: 'We encountered an internal error. Please try again.' }
}
