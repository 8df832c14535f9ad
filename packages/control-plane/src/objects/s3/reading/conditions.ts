export interface ReadConditions {
  readonly ifMatch?: string | undefined
  readonly ifNoneMatch?: string | undefined
  readonly ifModifiedSince?: Date | undefined
  readonly ifUnmodifiedSince?: Date | undefined
}
export interface Validators {
  /** Without quotation marks. */
  readonly etag: string
  readonly modifiedAt: Date
}
export type ReadOutcome =
  | { readonly outcome: 'read' }
  | { readonly outcome: 'not-modified' }
  | { readonly outcome: 'failed'; readonly condition: 'If-Match' | 'If-Unmodified-Since' }

/**
 * What the conditions of a read say of the object: an ETag that was asked about decides over a date.
 * Source: RFC 9110, 13.2.2; Amazon S3 API Reference, GetObject.
 */
export function readOutcome(conditions: ReadConditions, object: Validators): ReadOutcome {
  const { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince } = conditions
  const modified = wholeSeconds(object.modifiedAt)
  if (ifMatch !== undefined) {
    if (!namesEtag(ifMatch, object.etag)) return { outcome: 'failed', condition: 'If-Match' }
  } else if (ifUnmodifiedSince !== undefined && modified > wholeSeconds(ifUnmodifiedSince))
    return { outcome: 'failed', condition: 'If-Unmodified-Since' }
  if (ifNoneMatch !== undefined) {
    if (namesEtag(ifNoneMatch, object.etag)) return { outcome: 'not-modified' }
  } else if (ifModifiedSince !== undefined && modified <= wholeSeconds(ifModifiedSince))
    return { outcome: 'not-modified' }
  return { outcome: 'read' }
}

/** Conditions come in whole seconds. */
function wholeSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000)
}

/** `"a", W/"b"`, `a`, `*` */
function namesEtag(list: string, etag: string): boolean {
  return list.split(',').some((item) => item.trim() === '*' || unquoted(item) === etag)
}

/** `W/"abc"`, `"abc"` and `abc` → `abc`. */
export function unquoted(etag: string): string {
  return etag
    .trim()
    .replace(/^W\//, '')
    .replace(/^"(.*)"$/, '$1')
}
