import { headerNotImplemented } from '../../s3-refusals.ts'
import type { WriteCondition } from '../../store/object-store.ts'
import { unquoted } from '../reading/conditions.ts'

interface ConditionsAsked {
  readonly IfMatch?: string | undefined
  readonly IfNoneMatch?: string | undefined
}

/**
 * S3 writes on two conditions: nothing there (`If-None-Match: *`), or still this object (`If-Match: <etag>`).
 * Throws NotImplemented for any other. Source: Amazon S3 User Guide, "How to prevent object overwrites".
 */
export function writeConditionAsked({ IfMatch, IfNoneMatch }: ConditionsAsked): WriteCondition | undefined {
  if (IfNoneMatch !== undefined) {
    if (IfNoneMatch.trim() !== '*' || IfMatch !== undefined) throw headerNotImplemented('If-None-Match')
    return { absent: true }
  }
  if (IfMatch === undefined) return undefined
  if (IfMatch.trim() === '*' || IfMatch.includes(',')) throw headerNotImplemented('If-Match')
  return { etag: unquoted(IfMatch) }
}
