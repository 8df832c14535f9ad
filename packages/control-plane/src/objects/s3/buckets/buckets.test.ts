import { afterAll, beforeAll, expect, test } from 'vitest'
import { codeOf, refusalOf, type S3Server, startS3 } from '../testing/s3-server.ts'

let server: S3Server
beforeAll(async () => {
  server = await startS3()
})
afterAll(async () => server[Symbol.asyncDispose]())

const noSuchBucket = ['NoSuchBucket', 404, 'The specified bucket does not exist', { BucketName: 'none-such' }]

test('a bucket is made in the region that was signed for, and told of', async () => {
  const { client } = server
  const LocationConstraint = 'us-west-2'
  const made = await client.CreateBucket({
    Bucket: 'made',
    CreateBucketConfiguration: { LocationConstraint },
  })
  expect(made.Location).toBe('/made')
  expect(await client.GetBucketLocation({ Bucket: 'made' })).toEqual({ LocationConstraint })
  expect((await client.HeadBucket({ Bucket: 'made' })).BucketRegion).toBe('us-west-2')
  expect(await client.GetBucketVersioning({ Bucket: 'made' })).toEqual({})
})

test('a bucket cannot be made twice, nor elsewhere', async () => {
  const { client } = server
  expect(await refusalOf(client.CreateBucket({ Bucket: 'bucket' }))).toEqual([
    'BucketAlreadyOwnedByYou',
    409,
    'Your previous request to create the named bucket succeeded and you already own it.',
    { BucketName: 'bucket' },
  ])
  const CreateBucketConfiguration = { LocationConstraint: 'eu-west-1' }
  expect(await refusalOf(client.CreateBucket({ Bucket: 'elsewhere', CreateBucketConfiguration }))).toEqual([
    'IllegalLocationConstraintException',
    400,
    'The eu-west-1 location constraint is incompatible for the region specific endpoint this request was sent to.',
    {},
  ])
  expect(await refusalOf(client.CreateBucket({ Bucket: 'Not_a_Name' }))).toEqual([
    'InvalidBucketName',
    400,
    'The specified bucket is not valid.',
    { BucketName: 'Not_a_Name' },
  ])
})

test('the oldest region is kinder, and has no name', async () => {
  await using oldest = await startS3({ region: 'us-east-1' })
  const { client } = oldest
  await client.CreateBucket({ Bucket: 'bucket' })
  expect(await client.GetBucketLocation({ Bucket: 'bucket' })).toEqual({})
  const answer = await fetch(`${oldest.endpoint}/bucket?location`)
  expect(await answer.text()).toBe(
    '<?xml version="1.0" encoding="UTF-8"?>\n<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"></LocationConstraint>',
  )
  await client.CreateBucket({
    Bucket: 'abroad',
    CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' },
  })
  expect(await client.GetBucketLocation({ Bucket: 'abroad' })).toEqual({ LocationConstraint: 'eu-west-1' })
})

test('buckets are listed in order, page by page, with their owner', async () => {
  await using own = await startS3()
  const { client } = own
  for (const Bucket of ['c-3', 'a-1', 'b-2']) await client.CreateBucket({ Bucket })
  const names = async (input: Parameters<typeof client.ListBuckets>[0]) =>
    (await client.ListBuckets(input)).Buckets?.map(({ Name }) => Name)
  expect(await names({})).toEqual(['a-1', 'b-2', 'bucket', 'c-3'])
  expect(await names({ Prefix: 'b' })).toEqual(['b-2', 'bucket'])
  const page = await client.ListBuckets({ MaxBuckets: 3 })
  expect(page.Buckets?.length).toBe(3)
  expect(await names({ ContinuationToken: page.ContinuationToken })).toEqual(['c-3'])
  expect((await client.ListBuckets({})).ContinuationToken).toBeUndefined()
  expect(page.Owner?.ID).toMatch(/^[0-9a-f]{64}$/)
  expect(page.Buckets?.[0]?.CreationDate).toEqual(own.now)
})

test('a bucket with objects stays', async () => {
  const { client } = server
  await client.CreateBucket({ Bucket: 'full' })
  await client.PutObject({ Bucket: 'full', Key: 'a' })
  expect(await refusalOf(client.DeleteBucket({ Bucket: 'full' }))).toEqual([
    'BucketNotEmpty',
    409,
    'The bucket you tried to delete is not empty',
    { BucketName: 'full' },
  ])
  await client.DeleteObject({ Bucket: 'full', Key: 'a' })
  await client.DeleteBucket({ Bucket: 'full' })
  expect(await codeOf(client.ListObjectsV2({ Bucket: 'full' }))).toBe('NoSuchBucket 404')
})

test('every operation on a bucket that is not there says so', async () => {
  const { client } = server
  const at = { Bucket: 'none-such', Key: 'a' }
  const UploadId = 'x'
  const calls = [
    client.DeleteBucket(at),
    client.GetBucketLocation(at),
    client.GetBucketVersioning(at),
    client.ListObjects(at),
    client.ListObjectsV2(at),
    client.PutObject(at),
    client.GetObject(at),
    client.DeleteObject(at),
    client.DeleteObjects({ ...at, Delete: { Objects: [{ Key: 'a' }] } }),
    client.CopyObject({ ...at, CopySource: 'bucket/a' }),
    client.CopyObject({ Bucket: 'bucket', Key: 'a', CopySource: 'none-such/a' }),
    client.CreateMultipartUpload(at),
    client.UploadPart({ ...at, UploadId, PartNumber: 1 }),
    client.ListParts({ ...at, UploadId }),
    client.ListMultipartUploads(at),
    client.AbortMultipartUpload({ ...at, UploadId }),
    client.GetObjectTagging(at),
  ]
  for (const call of calls) expect(await refusalOf(call)).toEqual(noSuchBucket)
  expect(await codeOf(client.HeadBucket(at))).toBe('NotFound 404')
  expect(await codeOf(client.ListObjectsV2({ Bucket: 'NONE' }))).toBe('InvalidBucketName 400')
})

test('a caller who takes somebody else for the owner is refused', async () => {
  const { client } = server
  await client.HeadBucket({ Bucket: 'bucket', ExpectedBucketOwner: '123456789012' })
  const ExpectedBucketOwner = '999999999999'
  expect(await codeOf(client.HeadBucket({ Bucket: 'bucket', ExpectedBucketOwner }))).toBe('Forbidden 403')
  expect(await refusalOf(client.PutObject({ Bucket: 'bucket', Key: 'a', ExpectedBucketOwner }))).toEqual([
    'AccessDenied',
    403,
    'Access Denied',
    {},
  ])
})

test.each([
  ['GET', '/bucket?acl', 501, 'NotImplemented'],
  ['GET', '/bucket?policy', 501, 'NotImplemented'],
  ['GET', '/bucket?versions', 501, 'NotImplemented'],
  ['PUT', '/bucket?versioning', 501, 'NotImplemented'],
  ['DELETE', '/bucket?lifecycle', 501, 'NotImplemented'],
  ['GET', '/bucket/key?attributes', 501, 'NotImplemented'],
  ['PUT', '/bucket/key?acl', 501, 'NotImplemented'],
  ['POST', '/bucket/key?select&select-type=2', 501, 'NotImplemented'],
  ['POST', '/bucket/key', 405, 'MethodNotAllowed'],
  ['PATCH', '/bucket', 405, 'MethodNotAllowed'],
])('%s %s is refused, and not taken for something else', async (method, path, status, code) => {
  const answer = await fetch(`${server.endpoint}${path}`, { method })
  expect(answer.status).toBe(status)
  expect(await answer.text()).toContain(`<Code>${code}</Code>`)
})
