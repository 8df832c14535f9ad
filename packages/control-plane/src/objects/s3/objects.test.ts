import { bytesOf } from '@sagebrush/api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codeOf, refusalOf, type S3Server, startS3, textOf } from './testing/s3-server.ts'

let server: S3Server
let client: S3Server['client']
beforeAll(async () => {
  server = await startS3()
  client = server.client
})
afterAll(async () => server[Symbol.asyncDispose]())

const Bucket = 'bucket'
const put = (Key: string, text: string, more = {}) =>
  client.PutObject({ Bucket, Key, Body: bytesOf(text), ...more })
const md5OfHello = '5d41402abc4b2a76b9719d911017c592'

test('an object comes back as it was put, with all that was said of it', async () => {
  const said = {
    CacheControl: 'no-cache',
    ContentDisposition: 'attachment',
    ContentEncoding: 'gzip',
    ContentLanguage: 'de',
    ContentType: 'text/csv',
    Expires: 'Wed, 21 Oct 2026 07:28:00 GMT',
    Metadata: { 'some-name': 'some value' },
    ServerSideEncryption: 'aws:kms',
    SSEKMSKeyId: 'key',
    StorageClass: 'STANDARD_IA',
    WebsiteRedirectLocation: '/other',
  }
  const stored = await put('all', 'hello', { ...said, Tagging: 'a=b&c=d%20e', ACL: 'private' })
  expect(stored).toEqual({ ETag: `"${md5OfHello}"`, ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'key' })
  const facts = {
    ...said,
    AcceptRanges: 'bytes',
    ContentLength: 5,
    ETag: `"${md5OfHello}"`,
    LastModified: new Date('2026-11-20T10:00:00Z'),
    TagCount: 2,
  }
  expect(await client.HeadObject({ Bucket, Key: 'all' })).toEqual(facts)
  const { Body, ...answer } = await client.GetObject({ Bucket, Key: 'all' })
  expect(answer).toEqual(facts)
  expect(await textOf(Promise.resolve({ Body }))).toBe('hello')
})

test('without a type, an object is a stream of octets', async () => {
  await put('untyped', 'x')
  expect((await client.HeadObject({ Bucket, Key: 'untyped' })).ContentType).toBe('binary/octet-stream')
})

test('metadata beyond Latin-1 come back byte by byte', async () => {
  const bytes = Buffer.from('grün 😀').toString('latin1')
  await fetch(`${server.endpoint}/bucket/meta`, {
    method: 'PUT',
    headers: { 'x-amz-meta-x': bytes },
    body: '',
  })
  expect((await fetch(`${server.endpoint}/bucket/meta`)).headers.get('x-amz-meta-x')).toBe(bytes)
})

test('what is missing is missing', async () => {
  const missing = ['NoSuchKey', 404, 'The specified key does not exist.', { Key: 'none' }]
  expect(await refusalOf(client.GetObject({ Bucket, Key: 'none' }))).toEqual(missing)
  expect(await refusalOf(client.GetObjectTagging({ Bucket, Key: 'none' }))).toEqual(missing)
  expect(await codeOf(client.HeadObject({ Bucket, Key: 'none' }))).toBe('NotFound 404')
  expect(await client.DeleteObject({ Bucket, Key: 'none' })).toEqual({})
})

test('a key may have 1024 bytes', async () => {
  await put('k'.repeat(1024), 'x')
  expect(await refusalOf(put('k'.repeat(1025), 'x'))).toEqual([
    'KeyTooLongError',
    400,
    'Your key is too long',
    { Size: '1025', MaxSizeAllowed: '1024' },
  ])
})

describe('ranges', () => {
  beforeAll(async () => {
    await put('digits', '0123456789')
    await put('empty', '')
  })

  test.each([
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-2', '89', 'bytes 8-9/10'],
    ['bytes=0-99', '0123456789', 'bytes 0-9/10'],
  ])('%s gives %s', async (Range, text, ContentRange) => {
    const answer = await client.GetObject({ Bucket, Key: 'digits', Range })
    expect(answer).toMatchObject({ ContentRange, ContentLength: text.length })
    expect(await textOf(Promise.resolve(answer))).toBe(text)
    const head = await fetch(`${server.endpoint}/bucket/digits`, {
      method: 'HEAD',
      headers: { range: Range },
    })
    expect([head.status, head.headers.get('content-range')]).toEqual([206, ContentRange])
  })

  test.each(['bytes=5-2', 'bytes=0-1,3-4', 'lines=1-2'])('%s gives the whole', async (Range) => {
    const answer = await fetch(`${server.endpoint}/bucket/digits`, { headers: { range: Range } })
    expect([answer.status, await answer.text()]).toEqual([200, '0123456789'])
  })

  test.each([
    ['digits', 'bytes=10-', '10'],
    ['empty', 'bytes=0-', '0'],
  ])('of %s, %s cannot be had', async (Key, Range, ActualObjectSize) => {
    expect(await refusalOf(client.GetObject({ Bucket, Key, Range }))).toEqual([
      'InvalidRange',
      416,
      'The requested range is not satisfiable',
      { RangeRequested: Range, ActualObjectSize },
    ])
  })

  test('an object that was put in one piece is its own first part', async () => {
    expect(await textOf(client.GetObject({ Bucket, Key: 'digits', PartNumber: 1 }))).toBe('0123456789')
    expect(await codeOf(client.GetObject({ Bucket, Key: 'digits', PartNumber: 2 }))).toBe(
      'InvalidPartNumber 416',
    )
  })
})

describe('conditions of a read', () => {
  const Key = 'conditional'
  const ETag = `"${md5OfHello}"`
  const at = new Date('2026-11-20T10:00:00Z')
  const before = new Date('2026-11-20T09:59:59Z')
  beforeAll(async () => put(Key, 'hello'))

  test.each([
    ['If-Match', { IfMatch: '"other"' }],
    ['If-Unmodified-Since', { IfUnmodifiedSince: before }],
  ])('%s that fails is told', async (Condition, asked) => {
    expect(await refusalOf(client.GetObject({ Bucket, Key, ...asked }))).toEqual([
      'PreconditionFailed',
      412,
      'At least one of the pre-conditions you specified did not hold',
      { Condition },
    ])
    expect(await codeOf(client.HeadObject({ Bucket, Key, ...asked }))).toBe('PreconditionFailed 412')
  })

  test.each([
    { IfMatch: ETag },
    { IfNoneMatch: '"other"' },
    { IfModifiedSince: before },
    { IfUnmodifiedSince: at },
  ])('%j lets it pass', async (asked) => {
    expect(await textOf(client.GetObject({ Bucket, Key, ...asked }))).toBe('hello')
  })

  test.each([
    ['if-none-match', ETag],
    ['if-modified-since', at.toUTCString()],
  ])('%s of what the client has is a 304 without a body', async (name, value) => {
    for (const method of ['GET', 'HEAD']) {
      const answer = await fetch(`${server.endpoint}/bucket/${Key}`, { method, headers: { [name]: value } })
      expect([answer.status, await answer.text(), answer.headers.get('etag')]).toEqual([304, '', ETag])
    }
  })
})

describe('conditions of a write', () => {
  test('If-None-Match: * writes only where nothing is', async () => {
    await put('once', '1', { IfNoneMatch: '*' })
    expect(await refusalOf(put('once', '2', { IfNoneMatch: '*' }))).toEqual([
      'PreconditionFailed',
      412,
      'At least one of the pre-conditions you specified did not hold',
      { Condition: 'If-None-Match' },
    ])
    expect(await textOf(client.GetObject({ Bucket, Key: 'once' }))).toBe('1')
  })

  test('If-Match writes only over that object', async () => {
    const { ETag } = await put('over', '1')
    expect(await codeOf(put('over', '2', { IfMatch: '"other"' }))).toBe('PreconditionFailed 412')
    await put('over', '2', { IfMatch: ETag })
    expect(await codeOf(put('nothing', '2', { IfMatch: ETag }))).toBe('NoSuchKey 404')
    expect(await codeOf(client.DeleteObject({ Bucket, Key: 'over', IfMatch: ETag }))).toBe(
      'PreconditionFailed 412',
    )
  })

  test.each([{ IfNoneMatch: '"etag"' }, { IfMatch: '*' }, { IfMatch: '"a"', IfNoneMatch: '*' }])(
    '%j is not known',
    async (asked) => {
      const [code, status, message] = await refusalOf(put('x', '1', asked))
      expect([code, status, message]).toEqual([
        'NotImplemented',
        501,
        'A header you provided implies functionality that is not implemented',
      ])
    },
  )
})

test('an answer can be dressed by the query', async () => {
  await put('plain', 'hello')
  const answer = await client.GetObject({
    Bucket,
    Key: 'plain',
    ResponseContentType: 'text/x',
    ResponseContentDisposition: 'inline',
    ResponseCacheControl: 'no-store',
    ResponseExpires: new Date(0),
  })
  expect(answer).toMatchObject({
    ContentType: 'text/x',
    ContentDisposition: 'inline',
    CacheControl: 'no-store',
    Expires: 'Thu, 01 Jan 1970 00:00:00 GMT',
  })
})

test.each([
  [{ StorageClass: 'FAST' }, 'InvalidStorageClass', 'The storage class you specified is not valid'],
  [{ ServerSideEncryption: 'rot13' }, 'InvalidArgument', 'The encryption method specified is not supported'],
  [{ ObjectLockMode: 'GOVERNANCE' }, 'InvalidRequest', 'Bucket is missing Object Lock Configuration'],
  [
    { Metadata: { x: 'y'.repeat(2048) } },
    'MetadataTooLarge',
    'Your metadata headers exceed the maximum allowed metadata size',
  ],
  [
    { Tagging: 'a=1&a=2' },
    'InvalidArgument',
    "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
  ],
  [
    { Tagging: Array.from({ length: 11 }, (_, n) => `${n}=`).join('&') },
    'InvalidTag',
    'Object tags cannot be greater than 10',
  ],
  [
    { SSECustomerAlgorithm: 'AES256' },
    'NotImplemented',
    'A header you provided implies functionality that is not implemented',
  ],
])('put with %j is refused as %s', async (asked, code, message) => {
  const [gotCode, , gotMessage] = await refusalOf(put('refused', 'x', asked))
  expect([gotCode, gotMessage]).toEqual([code, message])
  expect(await codeOf(client.GetObject({ Bucket, Key: 'refused' }))).toBe('NoSuchKey 404')
})

describe('DeleteObjects', () => {
  const Objects = [{ Key: 'd1' }, { Key: 'd/2' }, { Key: 'never there' }]

  test('tells of each, there or not', async () => {
    await put('d1', 'x')
    await put('d/2', 'x')
    const answer = await client.DeleteObjects({ Bucket, Delete: { Objects } })
    expect(answer).toEqual({ Deleted: Objects })
    expect(await codeOf(client.GetObject({ Bucket, Key: 'd/2' }))).toBe('NoSuchKey 404')
  })

  test('tells only of failures when it shall be quiet', async () => {
    const wrong = [...Objects, { Key: 'd1', VersionId: 'v1' }]
    expect(await client.DeleteObjects({ Bucket, Delete: { Objects: wrong, Quiet: true } })).toEqual({
      Errors: [
        { Key: 'd1', VersionId: 'v1', Code: 'InvalidArgument', Message: 'Invalid version id specified' },
      ],
    })
  })

  test.each([0, 1001])('refuses %i keys', async (length) => {
    const many = Array.from({ length }, (_, n) => ({ Key: String(n) }))
    expect(await codeOf(client.DeleteObjects({ Bucket, Delete: { Objects: many } }))).toBe('MalformedXML 400')
  })
})

test('tags are set, read and removed, and leave the object as it is', async () => {
  const at = { Bucket, Key: 'tagged' }
  await put('tagged', 'hello')
  const before = await client.HeadObject(at)
  server.now = new Date('2026-11-20T11:00:00Z')
  await client.PutObjectTagging({ ...at, Tagging: { TagSet: [{ Key: 'k', Value: 'ü' }] } })
  expect(await client.GetObjectTagging(at)).toEqual({ TagSet: [{ Key: 'k', Value: 'ü' }] })
  expect(await client.HeadObject(at)).toEqual({ ...before, TagCount: 1 })
  await client.DeleteObjectTagging(at)
  expect(await client.GetObjectTagging(at)).toEqual({ TagSet: [] })
  const TagSet = [
    { Key: 'k', Value: '1' },
    { Key: 'k', Value: '2' },
  ]
  expect(await refusalOf(client.PutObjectTagging({ ...at, Tagging: { TagSet } }))).toEqual([
    'InvalidTag',
    400,
    'Cannot provide multiple Tags with the same key',
    { TagKey: 'k' },
  ])
})

test.each([{ IfMatchSize: 5 }, { IfMatchLastModifiedTime: new Date(0) }])(
  'a delete on a condition that is not known deletes nothing: %j',
  async (asked) => {
    await put('stays', 'x')
    expect(await codeOf(client.DeleteObject({ Bucket, Key: 'stays', ...asked }))).toBe('NotImplemented 501')
    const Objects = [{ Key: 'stays', Size: 5 }]
    const { Errors } = await client.DeleteObjects({ Bucket, Delete: { Objects } })
    expect(Errors?.[0]?.Code).toBe('NotImplemented')
    expect(await textOf(client.GetObject({ Bucket, Key: 'stays' }))).toBe('x')
  },
)
