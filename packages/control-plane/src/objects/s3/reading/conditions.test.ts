import { expect, test } from 'vitest'
import { type ReadConditions, readOutcome, unquoted } from './conditions.ts'

const object = { etag: 'abc', modifiedAt: new Date('2026-11-20T10:00:00.700Z') }
const earlier = new Date('2026-11-20T09:59:59Z')
const same = new Date('2026-11-20T10:00:00Z')

const rows: readonly [string, ReadConditions, string][] = [
  ['nothing is asked', {}, 'read'],
  ['If-Match names it', { ifMatch: '"abc"' }, 'read'],
  ['If-Match names it without quotes', { ifMatch: 'abc' }, 'read'],
  ['If-Match names it among others', { ifMatch: '"x", "abc"' }, 'read'],
  ['If-Match is a star', { ifMatch: '*' }, 'read'],
  ['If-Match names another', { ifMatch: '"x"' }, 'If-Match'],
  ['If-None-Match names it', { ifNoneMatch: '"abc"' }, 'not-modified'],
  ['If-None-Match names it weakly', { ifNoneMatch: 'W/"abc"' }, 'not-modified'],
  ['If-None-Match names another', { ifNoneMatch: '"x"' }, 'read'],
  ['modified since an earlier time', { ifModifiedSince: earlier }, 'read'],
  ['not modified since its own second', { ifModifiedSince: same }, 'not-modified'],
  ['unmodified since its own second', { ifUnmodifiedSince: same }, 'read'],
  ['modified after the time', { ifUnmodifiedSince: earlier }, 'If-Unmodified-Since'],
  ['the ETag matches, so the date is not asked', { ifMatch: 'abc', ifUnmodifiedSince: earlier }, 'read'],
  ['the ETag differs, so the date is not asked', { ifNoneMatch: 'x', ifModifiedSince: same }, 'read'],
  ['both ETags are asked', { ifMatch: 'abc', ifNoneMatch: 'abc' }, 'not-modified'],
  ['a failed If-Match wins', { ifMatch: 'x', ifNoneMatch: 'abc' }, 'If-Match'],
]
test.each(rows)('when %s: %o', (_, conditions, expected) => {
  const outcome = readOutcome(conditions, object)
  expect(outcome.outcome === 'failed' ? outcome.condition : outcome.outcome).toBe(expected)
})

test.each([
  ['"a"', 'a'],
  ['a', 'a'],
  [' W/"a-2" ', 'a-2'],
  ['"', '"'],
])('the ETag %s without its marks is %s', (etag, expected) => {
  expect(unquoted(etag)).toBe(expected)
})
