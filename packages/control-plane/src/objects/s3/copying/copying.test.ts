import { bytesOf } from '@sagebrush/api'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { codeOf, refusalOf, type S3Server, startS3, textOf } from '../testing/s3-server.ts'

let server: S3Server
let client: S3Server['client']
beforeAll(async () => {
  server = await startS3()
  client = server.client
})
afterAll(async () => server[Symbol.asyncDispose]())

const Bucket = 'bucket'
const source = { Bucket, Key: 'from' }
const target = { Bucket, Key: 'to' }
const CopySource = 'bucket/from'
beforeEach(async () => {
  server.now = new Date('2026-11-20T10:00:00Z')
  await client.PutObject({
    ...source,
    Body: bytesOf('hello'),
    ContentType: 'text/csv',
    Metadata: { a: 'b' },
    Tagging: 'x=y',
    StorageClass: 'STANDARD_IA',
    ServerSideEncryption: 'AES256',
    ChecksumAlgorithm: 'SHA1',
  })
  await client.DeleteObject(target)
})

test('a copy takes metadata, tags and checksum along, but not class and encryption', async () => {
  server.now = new Date('2026-11-20T11:00:00Z')
  const { CopyObjectResult } = await client.CopyObject({ ...target, CopySource })
  expect(CopyObjectResult).toEqual({
    ETag: '"5d41402abc4b2a76b9719d911017c592"',
    LastModified: server.now,
    ChecksumSHA1: 'qvTGHdzF6KLavt4PO0gs2a6pQ00=',
    ChecksumType: 'FULL_OBJECT',
  })
  const head = await client.HeadObject(target)
  expect(head).toMatchObject({
    ContentType: 'text/csv',
    Metadata: { a: 'b' },
    TagCount: 1,
    LastModified: server.now,
  })
  expect(head).not.toHaveProperty('StorageClass')
  expect(head).not.toHaveProperty('ServerSideEncryption')
  expect(await textOf(client.GetObject(target))).toBe('hello')
})

test('a copy can have other metadata and tags', async () => {
  await client.CopyObject({
    ...target,
    CopySource,
    MetadataDirective: 'REPLACE',
    TaggingDirective: 'REPLACE',
    ContentType: 'text/new',
    Metadata: { c: 'd' },
    Tagging: 'p=q&r=s',
    StorageClass: 'GLACIER',
  })
  const head = await client.HeadObject(target)
  expect(head).toMatchObject({
    ContentType: 'text/new',
    Metadata: { c: 'd' },
    TagCount: 2,
    StorageClass: 'GLACIER',
  })
})

test('a copy outlives its source', async () => {
  await client.CopyObject({ ...target, CopySource })
  await client.DeleteObject(source)
  expect(await textOf(client.GetObject(target))).toBe('hello')
})

test('a copy can be asked for another checksum', async () => {
  const { CopyObjectResult } = await client.CopyObject({ ...target, CopySource, ChecksumAlgorithm: 'CRC32' })
  expect(CopyObjectResult?.ChecksumCRC32).toBe('NhCmhg==')
  expect(await textOf(client.GetObject(target))).toBe('hello')
})

test('a copy onto itself needs something to change', async () => {
  expect(await refusalOf(client.CopyObject({ ...source, CopySource }))).toEqual([
    'InvalidRequest',
    400,
    "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    {},
  ])
  server.now = new Date('2026-11-20T12:00:00Z')
  await client.CopyObject({ ...source, CopySource, MetadataDirective: 'REPLACE', Metadata: { now: 'this' } })
  expect(await client.HeadObject(source)).toMatchObject({
    Metadata: { now: 'this' },
    LastModified: server.now,
  })
  await client.CopyObject({ ...source, CopySource, ChecksumAlgorithm: 'CRC32' })
  expect(await textOf(client.GetObject(source))).toBe('hello')
})

const before = new Date('2026-11-20T09:00:00Z')
const after = new Date('2026-11-20T11:00:00Z')
test.each([
  [{ CopySourceIfMatch: '"other"' }, 'x-amz-copy-source-If-Match'],
  [{ CopySourceIfNoneMatch: '"5d41402abc4b2a76b9719d911017c592"' }, 'x-amz-copy-source-If-None-Match'],
  [{ CopySourceIfModifiedSince: after }, 'x-amz-copy-source-If-Modified-Since'],
  [{ CopySourceIfUnmodifiedSince: before }, 'x-amz-copy-source-If-Unmodified-Since'],
])('a source that fails %j is not copied', async (conditions, Condition) => {
  expect(await refusalOf(client.CopyObject({ ...target, CopySource, ...conditions }))).toEqual([
    'PreconditionFailed',
    412,
    'At least one of the pre-conditions you specified did not hold',
    { Condition },
  ])
  expect(await codeOf(client.HeadObject(target))).toBe('NotFound 404')
})

test('a copy goes only where nothing is, if asked', async () => {
  await client.CopyObject({ ...target, CopySource, IfNoneMatch: '*' })
  expect(await codeOf(client.CopyObject({ ...target, CopySource, IfNoneMatch: '*' }))).toBe(
    'PreconditionFailed 412',
  )
})

test.each(['/bucket/from', 'bucket/from?versionId=null', 'bucket/fr%6Fm'])(
  '%s names the source',
  async (named) => {
    await client.CopyObject({ ...target, CopySource: named })
    expect(await textOf(client.GetObject(target))).toBe('hello')
  },
)

test('a source may have any name', async () => {
  for (const key of ['a b+c', 'ü/😀', '50%', 'q?versionId=x', '../up']) {
    await client.PutObject({ Bucket, Key: key, Body: bytesOf(key) })
    await client.CopyObject({ ...target, CopySource: `bucket/${encodeURIComponent(key)}` })
    expect(await textOf(client.GetObject(target))).toBe(key)
  }
})

test.each([
  ['bucket/none', 'NoSuchKey 404'],
  ['none-such/from', 'NoSuchBucket 404'],
  ['bucket', 'InvalidArgument 400'],
  ['bucket/', 'InvalidArgument 400'],
  ['bucket/%zz', 'InvalidArgument 400'],
  ['bucket/from?versionId=v1', 'InvalidArgument 400'],
])('the source %s is refused', async (named, code) => {
  expect(await codeOf(client.CopyObject({ ...target, CopySource: named }))).toBe(code)
})

test('an unknown directive is refused', async () => {
  const copied = client.CopyObject({ ...target, CopySource, MetadataDirective: 'MERGE' })
  expect(await refusalOf(copied)).toMatchObject({ 0: 'InvalidArgument', 2: 'Unknown metadata directive.' })
})
