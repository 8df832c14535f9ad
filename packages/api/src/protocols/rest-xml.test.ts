import { describe, expect, it } from 'vitest'
import { ApiError, InternalFailure, SerializationException, ValidationException } from '../errors.ts'
import { type HttpResponse, readAll } from '../http.ts'
import { InvalidRange, NoSuchKey, NotModified, s3 } from '../index.ts'
import { restXml } from './rest-xml.ts'
import { request } from './testing/request.ts'

const text = async (response: HttpResponse) => (await readAll(response.body, 10_000)).toString()
const operationNamed = (wanted: string) => {
  const found = s3.operations.find(({ name }) => name === wanted)
  if (!found) throw new Error(`no ${wanted}`)
  return found
}

describe('restXml answers', () => {
  it('with the root that AWS names, the namespace and flattened lists', async () => {
    const output = {
      Name: 'b',
      IsTruncated: false,
      Contents: [{ Key: 'a&b', Size: 1 }, { Key: ' <\r\n\x01>' }],
    }
    const response = restXml.writeOutput(s3, operationNamed('ListObjectsV2'), output, 'id-1')
    expect(response.status).toBe(200)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/xml',
      'x-amz-request-id': 'id-1',
    })
    const body = await text(response)
    expect(response.headers.get('content-length')).toBe(String(body.length))
    expect(body).toMatch(/^<\?xml version="1.0" encoding="UTF-8"\?>\n<ListBucketResult xmlns="http:\/\/s3\./)
    expect(body).toContain('<Contents><Key>a&amp;b</Key><Size>1</Size></Contents>')
    expect(body).toContain('<Contents><Key> &lt;&#xD;&#xA;&#x1;&gt;</Key></Contents>')
  })

  it('with 206 for a part of an object, streaming', async () => {
    const body = (async function* () {
      yield Buffer.from('bc')
    })()
    const output = { Body: body, ContentRange: 'bytes 1-2/4', ContentLength: 2, Metadata: { owner: 'me' } }
    const response = restXml.writeOutput(s3, operationNamed('GetObject'), output, 'id')
    expect(response.status).toBe(206)
    expect(response.body).toBe(body)
    expect(response.headers.get('content-length')).toBe('2')
    expect(response.headers.get('x-amz-meta-owner')).toBe('me')
  })

  it('to HEAD with the length of what it leaves out', async () => {
    const response = restXml.writeOutput(s3, operationNamed('HeadObject'), { ContentLength: 42 }, 'id')
    expect(response.headers.get('content-length')).toBe('42')
    expect(await text(response)).toBe('')
  })

  it('without a body where nothing stands in it', async () => {
    const response = restXml.writeOutput(s3, operationNamed('DeleteBucket'), {}, 'id')
    expect(response.status).toBe(204)
    expect(response.headers.has('content-type')).toBe(false)
    expect(response.headers.has('content-length')).toBe(false)
    expect(await text(response)).toBe('')
  })

  it('with text beyond Latin-1 in a header as the bytes of its UTF-8, and refuses line breaks there', () => {
    const write = (owner: string) =>
      restXml.writeOutput(s3, operationNamed('HeadObject'), { Metadata: { owner } }, 'id').headers
    expect(Buffer.from(write('☃').get('x-amz-meta-owner') ?? '', 'latin1').toString()).toBe('☃')
    expect(() => write('a\r\nset-cookie: b')).toThrow(ApiError)
  })
})

describe('restXml errors', () => {
  it.each([
    [
      'with details',
      NoSuchKey('The specified key does not exist.', { details: { Key: 'a<b' } }),
      404,
      '<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>a&lt;b</Key><RequestId>id</RequestId></Error>',
    ],
    ['of a limit', ValidationException('m'), 400, '<Error><Code>InvalidArgument</Code><Message>m</Message>'],
    ['of a header', SerializationException('m'), 400, '<Error><Code>InvalidArgument</Code>'],
    ['within', InternalFailure('m'), 500, '<Error><Code>InternalError</Code>'],
    ['of a range', InvalidRange('m', { details: { ActualObjectSize: 3 } }), 416, '<ActualObjectSize>3<'],
  ])('are written as S3 writes them: %s', async (_, error, status, body) => {
    const response = restXml.writeError(s3, error, 'id')
    expect(response.status).toBe(status)
    expect(response.headers.get('x-amz-request-id')).toBe('id')
    expect(response.headers.get('content-type')).toBe('application/xml')
    expect(await text(response)).toContain(body)
  })

  it('have no body with 304, and the headers that belong to it', async () => {
    const response = restXml.writeError(s3, NotModified('', { headers: { etag: '"e"' } }), 'id')
    expect(Object.fromEntries(response.headers)).toEqual({ etag: '"e"', 'x-amz-request-id': 'id' })
    expect(await text(response)).toBe('')
  })

  it('are read back with code, message, status and details', async () => {
    const written = restXml.writeError(s3, NoSuchKey('gone', { details: { Key: 'a' } }), 'id')
    await expect(restXml.readOutput(s3, operationNamed('GetObject'), written)).rejects.toMatchObject({
      code: 'NoSuchKey',
      message: 'gone',
      httpStatus: 404,
      details: { Key: 'a' },
    })
  })

  it.each([
    ['an answer to HEAD', 404, '', 'NotFound'],
    ['a proxy that answers in HTML', 502, '<html><p>bad</html>', 'InternalFailure'],
    ['an error inside a 200', 200, '<Error><Code>SlowDown</Code><Message>m</Message></Error>', 'SlowDown'],
    ['a 200 that is no XML', 200, 'oops', 'MalformedXML'],
  ])('are made of %s', async (_, status, body, code) => {
    const response = { status, headers: new Headers(), body: request('GET /', {}, body).body }
    await expect(restXml.readOutput(s3, operationNamed('CopyObject'), response)).rejects.toMatchObject({
      code,
    })
  })
})

describe('restXml refuses', () => {
  const complete = 'POST /bucket/key?uploadId=u'
  it.each([
    ['a body that is no XML', complete, {}, 'nope', 'MalformedXML'],
    ['another root', complete, {}, '<Delete/>', 'MalformedXML'],
    [
      'text that is no number',
      complete,
      {},
      '<CompleteMultipartUpload><Part><PartNumber>x</PartNumber></Part></CompleteMultipartUpload>',
      'SerializationException',
    ],
    [
      'elements where text belongs',
      complete,
      {},
      '<CompleteMultipartUpload><Part><ETag><x/></ETag></Part></CompleteMultipartUpload>',
      'MalformedXML',
    ],
    [
      'a document type',
      complete,
      {},
      '<!DOCTYPE a [<!ENTITY b "c">]><CompleteMultipartUpload/>',
      'MalformedXML',
    ],
    ['a key that is not UTF-8', 'GET /bucket/%ff', {}, '', 'InvalidURI'],
    ['a key that is not encoded', 'GET /bucket/%zz', {}, '', 'InvalidURI'],
    ['a query that is no number', 'GET /bucket?max-keys=many', {}, '', 'SerializationException'],
    [
      'a number that is too big',
      'GET /bucket?max-keys=99999999999999999999',
      {},
      '',
      'SerializationException',
    ],
  ])('%s', async (_, line, headers, body, code) => {
    const match = await restXml.match(s3, request(line, headers, body))
    if (!match) throw new Error('no match')
    await expect(restXml.readInput(s3, match.operation, match.request)).rejects.toMatchObject({ code })
  })

  it('what it does not know, as S3 does', () => {
    expect(restXml.unknownOperation(request('PATCH /bucket'))).toMatchObject({
      code: 'MethodNotAllowed',
      httpStatus: 405,
    })
    expect(restXml.unknownOperation(request('PUT /bucket?acl'))).toMatchObject({
      code: 'NotImplemented',
      httpStatus: 501,
    })
  })
})
