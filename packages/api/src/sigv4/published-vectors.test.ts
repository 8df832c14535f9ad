import { describe, expect, test } from 'vitest'
import { bytesOf, readAll } from '../http.ts'
import { trailersOf } from './aws-chunked.ts'
import { readClaim } from './claim.ts'
import { isRefusal } from './refusal.ts'
import { exampleCredentials, exampleRequest } from './testing/example-request.ts'
import { verifyRequest } from './verify-request.ts'

/** Source: Amazon S3 API Reference, "Authenticating Requests (AWS Signature Version 4)", the examples of each section. */
const host = 'examplebucket.s3.amazonaws.com'
const time = '20130524T000000Z'
const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

function authorization(signedHeaders: string, signature: string): string {
  const scope = 'AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request'
  return `AWS4-HMAC-SHA256 Credential=${scope},SignedHeaders=${signedHeaders},Signature=${signature}`
}

async function verified(request: ReturnType<typeof exampleRequest>) {
  const claim = readClaim(request)
  if (claim === undefined || isRefusal(claim)) throw new Error(`no claim: ${JSON.stringify(claim)}`)
  return await verifyRequest(request, {
    claim,
    secretOf: (id) =>
      id === exampleCredentials.accessKeyId ? exampleCredentials.secretAccessKey : undefined,
    now: new Date('2013-05-24T00:05:00Z'),
    heldBodyLimitBytes: 1000,
  })
}

describe('the examples that AWS publishes are accepted', () => {
  const common = { host, 'x-amz-date': time }
  test.each([
    {
      name: 'GET with a range',
      target: '/test.txt',
      headers: {
        ...common,
        range: 'bytes=0-9',
        'x-amz-content-sha256': empty,
        authorization: authorization(
          'host;range;x-amz-content-sha256;x-amz-date',
          'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
        ),
      },
    },
    {
      name: 'a PUT whose key needs encoding',
      method: 'PUT',
      target: '/test$file.text',
      body: bytesOf('Welcome to Amazon S3.'),
      headers: {
        ...common,
        'content-length': '21',
        date: 'Fri, 24 May 2013 00:00:00 GMT',
        'x-amz-storage-class': 'REDUCED_REDUNDANCY',
        'x-amz-content-sha256': '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
        authorization: authorization(
          'date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class',
          '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
        ),
      },
    },
    {
      name: 'a query without a value',
      target: '/?lifecycle',
      headers: {
        ...common,
        'x-amz-content-sha256': empty,
        authorization: authorization(
          'host;x-amz-content-sha256;x-amz-date',
          'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
        ),
      },
    },
    {
      name: 'a listing',
      target: '/?max-keys=2&prefix=J',
      headers: {
        ...common,
        'x-amz-content-sha256': empty,
        authorization: authorization(
          'host;x-amz-content-sha256;x-amz-date',
          '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
        ),
      },
    },
    {
      name: 'a presigned URL',
      target:
        '/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
      headers: { host },
    },
  ])('$name', async ({ name: _, ...example }) => {
    const request = await verified(exampleRequest(example))
    await readAll(request.body, 100)
  })
})

const chunkedHeaders = {
  host: 's3.amazonaws.com',
  'content-encoding': 'aws-chunked',
  'content-length': '66824',
  'x-amz-date': time,
  'x-amz-decoded-content-length': '66560',
  'x-amz-storage-class': 'REDUCED_REDUNDANCY',
}
const chunked = {
  method: 'PUT',
  target: '/examplebucket/chunkObject.txt',
  headers: {
    ...chunkedHeaders,
    'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    authorization: authorization(
      'content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class',
      '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
    ),
  },
  frames: [
    'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
    '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
    'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
  ],
}
const chunkedWithTrailer = {
  ...chunked,
  headers: {
    ...chunkedHeaders,
    'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
    'x-amz-trailer': 'x-amz-checksum-crc32c',
    authorization: authorization(
      'content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class;x-amz-trailer',
      '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e',
    ),
  },
  frames: [
    'b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2',
    '1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7',
    '2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992',
  ],
}
const trailer =
  'x-amz-checksum-crc32c:sOO8/Q==\r\nx-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n'

function framed(frames: readonly string[], ending: string): string {
  const pieces = ['a'.repeat(65_536), 'a'.repeat(1024), '']
  const chunks = pieces.map((piece, at) => {
    const head = `${piece.length.toString(16)};chunk-signature=${frames[at]}\r\n`
    return piece === '' ? head : `${head}${piece}\r\n`
  })
  return `${chunks.join('')}${ending}\r\n`
}

describe('bodies signed chunk by chunk', () => {
  test('the published example is accepted and decoded', async () => {
    const request = await verified(exampleRequest({ ...chunked, body: bytesOf(framed(chunked.frames, '')) }))
    expect((await readAll(request.body, 100_000)).equals(Buffer.alloc(66_560, 'a'))).toBe(true)
    expect(request.headers.get('content-encoding')).toBeNull()
    expect(request.headers.get('content-length')).toBe('66560')
  })

  test('the published example with a trailer gives the trailer after the end', async () => {
    const body = bytesOf(framed(chunkedWithTrailer.frames, trailer))
    const request = await verified(exampleRequest({ ...chunkedWithTrailer, body }))
    expect(trailersOf(request.body)).toBeUndefined()
    expect(await readAll(request.body, 100_000)).toHaveLength(66_560)
    expect(trailersOf(request.body)?.get('x-amz-checksum-crc32c')).toBe('sOO8/Q==')
  })

  test.each([
    { name: 'a byte is another', change: (text: string) => text.replace('aaaa', 'aaab') },
    { name: 'a chunk is left out', change: (text: string) => text.replace(/400;.*\r\n.*\r\n/, '') },
    { name: 'the trailer is another', change: (text: string) => text.replace('sOO8', 'sOO9') },
    {
      name: 'the trailer has no signature',
      change: (text: string) => text.replace(/x-amz-trailer-sig.*\r\n/, ''),
    },
    { name: 'a chunk has no signature', change: (text: string) => text.replace(/;chunk-signature=\w+/, '') },
  ])('are refused when $name', async ({ change }) => {
    const body = bytesOf(change(framed(chunkedWithTrailer.frames, trailer)))
    const request = await verified(exampleRequest({ ...chunkedWithTrailer, body }))
    await expect(readAll(request.body, 100_000)).rejects.toMatchObject({ code: 'SignatureDoesNotMatch' })
  })
})
