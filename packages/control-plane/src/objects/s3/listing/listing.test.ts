import { readFile } from 'node:fs/promises'
import { bytesOf } from '@sagebrush/api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { refusalOf, type S3Server, startS3 } from '../testing/s3-server.ts'

let server: S3Server
let client: S3Server['client']
const keys = ['a', 'b/1', 'b/2 +%', 'b/c/3', 'd', 'é/x']
beforeAll(async () => {
  server = await startS3()
  client = server.client
  for (const Key of keys) await client.PutObject({ Bucket, Key, Body: bytesOf(Key) })
})
afterAll(async () => server[Symbol.asyncDispose]())
const Bucket = 'bucket'

test('version 2 lists objects and common prefixes', async () => {
  const { Contents, ...rest } = await client.ListObjectsV2({ Bucket, Delimiter: '/' })
  expect(rest).toEqual({
    Name: Bucket,
    Prefix: '',
    Delimiter: '/',
    MaxKeys: 1000,
    KeyCount: 4,
    IsTruncated: false,
    CommonPrefixes: [{ Prefix: 'b/' }, { Prefix: 'é/' }],
  })
  expect(Contents?.map(({ Key }) => Key)).toEqual(['a', 'd'])
  expect(Contents?.[0]).toEqual({
    Key: 'a',
    Size: 1,
    ETag: '"0cc175b9c0f1b6a831c399e269772661"',
    LastModified: server.now,
    StorageClass: 'STANDARD',
  })
})

test('version 2 goes on where its token says, and common prefixes count', async () => {
  const pages: string[][] = []
  let ContinuationToken: string | undefined
  do {
    const page = await client.ListObjectsV2({ Bucket, Delimiter: '/', MaxKeys: 2, ContinuationToken })
    expect(page.IsTruncated).toBe(page.NextContinuationToken !== undefined)
    expect(page.ContinuationToken).toBe(ContinuationToken)
    const found = [...(page.Contents ?? []).map(({ Key = '' }) => Key)]
    pages.push([...found, ...(page.CommonPrefixes ?? []).map(({ Prefix = '' }) => Prefix)])
    ContinuationToken = page.NextContinuationToken
  } while (ContinuationToken !== undefined)
  expect(pages).toEqual([
    ['a', 'b/'],
    ['d', 'é/'],
  ])
})

test('version 2 starts after a key, and names owners when asked', async () => {
  const page = await client.ListObjectsV2({ Bucket, StartAfter: 'b/c/3', FetchOwner: true })
  expect(page.StartAfter).toBe('b/c/3')
  expect(page.Contents?.map(({ Key }) => Key)).toEqual(['d', 'é/x'])
  expect(page.Contents?.[0]?.Owner?.ID).toMatch(/^[0-9a-f]{64}$/)
})

test('version 1 goes on behind a marker, which may be a common prefix', async () => {
  const first = await client.ListObjects({ Bucket, Delimiter: '/', MaxKeys: 2 })
  expect(first).toMatchObject({ IsTruncated: true, NextMarker: 'b/', Marker: '' })
  const second = await client.ListObjects({ Bucket, Delimiter: '/', MaxKeys: 2, Marker: first.NextMarker })
  expect(second).toMatchObject({ IsTruncated: false, Marker: 'b/', CommonPrefixes: [{ Prefix: 'é/' }] })
  expect(second.Contents?.map(({ Key }) => Key)).toEqual(['d'])
  expect(second).not.toHaveProperty('NextMarker')
  const flat = await client.ListObjects({ Bucket, MaxKeys: 2 })
  expect(flat).not.toHaveProperty('NextMarker')
  expect(flat.IsTruncated).toBe(true)
  expect(flat.Contents?.[0]?.Owner?.DisplayName).toBe('123456789012')
})

test('keys can be encoded, and the answer says so', async () => {
  const answer = await fetch(
    `${server.endpoint}/bucket?list-type=2&encoding-type=url&prefix=b/&delimiter=/&start-after=%C3%A9`,
  )
  const text = await answer.text()
  expect(text).toContain('<EncodingType>url</EncodingType>')
  expect(text).toContain('<StartAfter>%C3%A9</StartAfter>')
  const page = await client.ListObjectsV2({ Bucket, Prefix: 'b/', EncodingType: 'url' })
  expect(page.Contents?.map(({ Key }) => Key)).toEqual(['b/1', 'b/2+%2B%25', 'b/c/3'])
})

test('an object can say where its bytes lie, to those who ask for it', async () => {
  const asked = await client.ListObjectsV2({ Bucket, Prefix: 'b/1', SagebrushLocalPaths: '1' })
  expect(await readFile(asked.Contents?.[0]?.SagebrushLocalPath ?? '', 'utf8')).toBe('b/1')
  const { Contents } = await client.ListObjectsV2({ Bucket, Prefix: 'b/1' })
  expect(Contents?.[0]).not.toHaveProperty('SagebrushLocalPath')
})

test('no keys asked for, no keys told', async () => {
  const page = await client.ListObjectsV2({ Bucket, MaxKeys: 0 })
  expect(page).toMatchObject({ KeyCount: 0, IsTruncated: false, MaxKeys: 0 })
  expect(page).not.toHaveProperty('Contents')
})

test('more keys asked for than a page holds are as many as it holds', async () => {
  expect((await client.ListObjectsV2({ Bucket, MaxKeys: 5000 })).MaxKeys).toBe(1000)
})

test.each([
  [
    { MaxKeys: -1 },
    'Argument maxKeys must be an integer between 0 and 2147483647',
    { ArgumentName: 'maxKeys', ArgumentValue: '-1' },
  ],
  [
    { EncodingType: 'rot13' },
    'Invalid Encoding Method specified in Request',
    { ArgumentName: 'encoding-type', ArgumentValue: 'rot13' },
  ],
  [
    { ContinuationToken: 'guessed' },
    'The continuation token provided is incorrect',
    { ArgumentName: 'continuation-token' },
  ],
])('%j is refused', async (asked, message, details) => {
  expect(await refusalOf(client.ListObjectsV2({ Bucket, ...asked }))).toEqual([
    'InvalidArgument',
    400,
    message,
    details,
  ])
})

test('a number that is none has a sentence of its own', async () => {
  const answer = await fetch(`${server.endpoint}/bucket?max-keys=many`)
  expect([answer.status, await answer.text()]).toEqual([
    400,
    expect.stringContaining(
      '<Code>InvalidArgument</Code><Message>Provided max-keys not an integer or within integer range</Message><ArgumentName>max-keys</ArgumentName><ArgumentValue>many</ArgumentValue>',
    ),
  ])
})
