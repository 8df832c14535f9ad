import type { Handlers, s3 } from '@sagebrush/api'
import type { RequestContext } from '../../../context.ts'
import { noSuchKey } from '../../s3-refusals.ts'
import type { Tag } from '../../store/object-store.ts'
import { requireBucket, type S3Options } from '../access.ts'
import { requireNullVersion } from '../copying/source.ts'
import { requireTags } from './object-tags.ts'

type TaggingHandlers = Pick<
  Handlers<typeof s3, RequestContext>,
  'GetObjectTagging' | 'PutObjectTagging' | 'DeleteObjectTagging'
>

export function taggingHandlers(options: S3Options): TaggingHandlers {
  const { objects } = options.store
  const setTags = async (input: Target, tags: readonly Tag[]) => {
    await requireTarget(options, input)
    const name = { bucket: input.Bucket, key: input.Key }
    const changed = await objects.copy(
      name,
      name,
      ({ etag, modifiedAt, attributes: { tags: _, ...rest } }) => ({
        etag,
        modifiedAt,
        attributes: { ...rest, ...(tags.length > 0 && { tags }) },
      }),
    )
    if (changed === undefined) throw noSuchKey(input.Key)
    return {}
  }
  return {
    async GetObjectTagging(input) {
      await requireTarget(options, input)
      const object = await objects.head({ bucket: input.Bucket, key: input.Key })
      if (object === undefined) throw noSuchKey(input.Key)
      return { TagSet: [...(object.attributes.tags ?? [])] }
    },
    PutObjectTagging: (input) => setTags(input, requireTags(input.Tagging.TagSet)),
    DeleteObjectTagging: (input) => setTags(input, []),
  }
}

interface Target {
  readonly Bucket: string
  readonly Key: string
  readonly VersionId?: string | undefined
  readonly ExpectedBucketOwner?: string | undefined
}

async function requireTarget(options: S3Options, input: Target): Promise<void> {
  await requireBucket(options, input.Bucket, input.ExpectedBucketOwner)
  requireNullVersion(input.VersionId)
}
