import { InvalidArgument, InvalidTag } from '@sagebrush/api'
import type { Tag } from '../../store/object-store.ts'

/** The `x-amz-tagging` header: `a=1&b=x%20y`. Throws InvalidArgument, InvalidTag. */
export function tagsFromHeader(header: string): readonly Tag[] {
  const tags = [...new URLSearchParams(header)].map(([Key, Value]) => ({ Key, Value }))
  if (new Set(tags.map(({ Key }) => Key)).size !== tags.length)
    throw InvalidArgument(
      "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
      { details: { ArgumentName: 'x-amz-tagging', ArgumentValue: header } },
    )
  return requireTags(tags)
}

/** Throws InvalidTag. Source: Amazon S3 User Guide, "Categorizing your objects using tags". */
export function requireTags(tags: readonly Tag[]): readonly Tag[] {
  if (tags.length > 10) throw InvalidTag('Object tags cannot be greater than 10')
  const seen = new Set<string>()
  for (const { Key, Value } of tags) {
    if (Key === '' || Key.length > 128 || !allowed.test(Key) || Key.startsWith('aws:'))
      throw InvalidTag('The TagKey you have provided is invalid', { details: { TagKey: Key } })
    if (Value.length > 256 || !allowed.test(Value))
      throw InvalidTag('The TagValue you have provided is invalid', {
        details: { TagKey: Key, TagValue: Value },
      })
    if (seen.has(Key))
      throw InvalidTag('Cannot provide multiple Tags with the same key', { details: { TagKey: Key } })
    seen.add(Key)
  }
  return tags
}

const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u
