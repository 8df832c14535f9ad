import { noSuchKey, preconditionFailed } from '../s3-refusals.ts'
import type { WriteCondition } from './object-store.ts'

/** Of the object that stands at the key now, if one does. Throws PreconditionFailed, NoSuchKey. */
export function requireCondition(
  condition: WriteCondition | undefined,
  now: { readonly etag: string } | undefined,
  key: string,
): void {
  if (condition === undefined) return
  if ('absent' in condition) {
    if (now !== undefined) throw preconditionFailed('If-None-Match')
  } else if (now === undefined) throw noSuchKey(key)
  else if (now.etag !== condition.etag) throw preconditionFailed('If-Match')
}
