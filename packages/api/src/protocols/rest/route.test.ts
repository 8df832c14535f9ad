import { describe, expect, it } from 'vitest'
import { s3, sagemakerRuntime } from '../../index.ts'
import { restXml } from '../rest-xml.ts'
import { request } from '../testing/request.ts'

const copy = { 'x-amz-copy-source': 'a/b' }

describe('a REST request', () => {
  it.each([
    ['GET /', {}, 'ListBuckets'],
    ['GET /?x-id=ListBuckets', {}, 'ListBuckets'],
    ['PUT /bucket', {}, 'CreateBucket'],
    ['HEAD /bucket', {}, 'HeadBucket'],
    ['GET /bucket', {}, 'ListObjects'],
    ['GET /bucket/', {}, 'ListObjects'],
    ['GET /bucket/?list-type=2&prefix=a', {}, 'ListObjectsV2'],
    ['GET /bucket?list-type=2', {}, 'ListObjectsV2'],
    ['GET /bucket?location', {}, 'GetBucketLocation'],
    ['GET /bucket?location=', {}, 'GetBucketLocation'],
    ['GET /bucket?uploads', {}, 'ListMultipartUploads'],
    ['POST /bucket?delete', {}, 'DeleteObjects'],
    ['GET /bucket/key', {}, 'GetObject'],
    ['GET /bucket/key?partNumber=1', {}, 'GetObject'],
    ['GET /bucket/key?uploadId=u', {}, 'ListParts'],
    ['HEAD /bucket/key', {}, 'HeadObject'],
    ['PUT /bucket/key', {}, 'PutObject'],
    ['PUT /bucket/key?x-id=PutObject', {}, 'PutObject'],
    ['PUT /bucket/key', copy, 'CopyObject'],
    ['PUT /bucket/key?partNumber=1&uploadId=u', {}, 'UploadPart'],
    ['PUT /bucket/key?uploadId=u&partNumber=1', copy, 'UploadPartCopy'],
    ['POST /bucket/key?uploads', {}, 'CreateMultipartUpload'],
    ['POST /bucket/key?uploadId=u', {}, 'CompleteMultipartUpload'],
    ['DELETE /bucket/key?uploadId=u', {}, 'AbortMultipartUpload'],
    ['DELETE /bucket/key', {}, 'DeleteObject'],
    ['DELETE /bucket', {}, 'DeleteBucket'],
    ['GET /bucket//', {}, 'GetObject'],
  ])('%s is met by its operation', async (line, headers, name) => {
    const match = await restXml.match(s3, request(line, headers))
    expect(match?.operation.name).toBe(name)
  })

  it.each([
    ['an operation that nobody declares', 'PUT /bucket/key?acl'],
    ['a subresource whose request would overwrite the object', 'PUT /bucket/key?retention'],
    ['half of what an operation asks for', 'PUT /bucket/key?partNumber=1'],
    ['another value than the fixed one', 'GET /bucket?list-type=3'],
    ['a value that cannot be decoded', 'GET /bucket?list-type=%zz'],
    ['a method that is not served', 'PATCH /bucket/key'],
    ['an empty bucket', 'GET //key'],
    ['no path', 'OPTIONS *'],
  ])('matches nothing for %s', async (_, line) => {
    expect(await restXml.match(s3, request(line))).toBeUndefined()
  })

  it.each([
    ['plain', '/bucket/a/b.txt', 'a/b.txt'],
    ['trailing slash', '/bucket/a/', 'a/'],
    ['only slashes', '/bucket///', '//'],
    ['empty segments', '/bucket//a//b', '/a//b'],
    ['dot segments', '/bucket/a/../b/./c', 'a/../b/./c'],
    ['encoded dots and slashes', '/bucket/a%2Fb/%2e%2E/c', 'a/b/../c'],
    ['a plus, which is no space here', '/bucket/a+b%20c', 'a+b c'],
    ['a question mark', '/bucket/a%3Fb?versionId=1', 'a?b'],
    ['beyond ASCII', '/bucket/%E2%98%83', '☃'],
    ['NUL', '/bucket/%00', '\0'],
  ])('keeps a key exactly: %s', async (_, target, key) => {
    const match = await restXml.match(s3, request(`GET ${target}`))
    if (!match) throw new Error('no match')
    expect(await restXml.readInput(s3, match.operation, match.request)).toMatchObject({
      Bucket: 'bucket',
      Key: key,
    })
  })

  it('is met by literal segments after a label', async () => {
    const { protocol } = sagemakerRuntime
    const match = await protocol.match(sagemakerRuntime, request('POST /endpoints/mnist/invocations'))
    expect(match?.operation.name).toBe('InvokeEndpoint')
    expect(await protocol.match(sagemakerRuntime, request('POST /endpoints/mnist/other'))).toBeUndefined()
    expect(await protocol.match(sagemakerRuntime, request('POST /'))).toBeUndefined()
  })
})
