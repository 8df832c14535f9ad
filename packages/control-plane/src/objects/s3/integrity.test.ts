import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { bytesOf, type ChecksumAlgorithm, createChecksum } from '@sagebrush/api'
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
const Key = 'checked'
const put = (text: string, claims: object) =>
  client.PutObject({ Bucket, Key, Body: bytesOf(text), ...claims })
const sum = (algorithm: ChecksumAlgorithm, text: string) => {
  const checksum = createChecksum(algorithm)
  checksum.update(Buffer.from(text))
  return checksum.digest().toString('base64')
}
const algorithms = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const

describe.each(algorithms)('%s', (algorithm) => {
  const member = `Checksum${algorithm}`
  const told = { [member]: sum(algorithm, 'hello'), ChecksumType: 'FULL_OBJECT' }

  test('is checked, kept, and told to those who ask', async () => {
    expect(await put('hello', { [member]: sum(algorithm, 'hello') })).toMatchObject(told)
    expect(await client.HeadObject({ Bucket, Key, ChecksumMode: 'ENABLED' })).toMatchObject(told)
    expect(await client.GetObject({ Bucket, Key, ChecksumMode: 'ENABLED' })).toMatchObject(told)
    expect(await client.HeadObject({ Bucket, Key })).not.toHaveProperty(member)
    const ranged = await client.GetObject({ Bucket, Key, ChecksumMode: 'ENABLED', Range: 'bytes=0-1' })
    expect(ranged).not.toHaveProperty(member)
  })

  test('of other bytes is refused, and nothing is stored', async () => {
    await put('before', {})
    expect(await refusalOf(put('other', { [member]: sum(algorithm, 'hello') }))).toEqual([
      'BadDigest',
      400,
      `The ${algorithm} you specified did not match the calculated checksum.`,
      {},
    ])
    expect(await textOf(client.GetObject({ Bucket, Key }))).toBe('before')
  })

  test('that can be none is refused', async () => {
    for (const value of ['AAA', 'not base64!', '', 'AAAAAAAA']) {
      const [code, status, message] = await refusalOf(put('hello', { [member]: value }))
      expect([code, status, message]).toEqual([
        'InvalidRequest',
        400,
        `Value for x-amz-checksum-${algorithm.toLowerCase()} header is invalid.`,
      ])
    }
  })

  test('may follow the body', async () => {
    const send = (value: string) =>
      fetch(`${server.endpoint}/bucket/trailed`, {
        method: 'PUT',
        headers: {
          'content-encoding': 'aws-chunked',
          'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
          'x-amz-decoded-content-length': '5',
          'x-amz-trailer': `x-amz-checksum-${algorithm.toLowerCase()}`,
        },
        body: `5\r\nhello\r\n0\r\nx-amz-checksum-${algorithm.toLowerCase()}:${value}\r\n\r\n`,
      })
    const right = await send(sum(algorithm, 'hello'))
    expect([right.status, await right.text()]).toEqual([200, ''])
    expect(right.headers.get(`x-amz-checksum-${algorithm.toLowerCase()}`)).toBe(sum(algorithm, 'hello'))
    expect(await textOf(client.GetObject({ Bucket, Key: 'trailed' }))).toBe('hello')
    expect((await client.HeadObject({ Bucket, Key: 'trailed' })).ContentEncoding).toBeUndefined()
    const wrong = await send(sum(algorithm, 'other'))
    expect([wrong.status, await wrong.text()]).toEqual([
      400,
      expect.stringContaining('<Code>BadDigest</Code>'),
    ])
  })

  test('is computed when only its name is given', async () => {
    expect(await put('hello', { ChecksumAlgorithm: algorithm })).toMatchObject(told)
  })
})

test.each([
  [
    { ChecksumCRC32: sum('CRC32', 'x'), ChecksumSHA1: sum('SHA1', 'x') },
    'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
  ],
  [
    { ChecksumCRC32: sum('CRC32', 'x'), ChecksumAlgorithm: 'SHA1' },
    'Value for x-amz-sdk-checksum-algorithm header is invalid.',
  ],
  [
    { ChecksumAlgorithm: 'XXHASH3' },
    'Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]',
  ],
  [{ Trailer: 'x-amz-other' }, 'The value specified in the x-amz-trailer header is not supported'],
])('claims that contradict each other are refused: %j', async (claims, message) => {
  expect(await refusalOf(put('x', claims))).toEqual(['InvalidRequest', 400, message, {}])
})

test('Content-MD5 is checked', async () => {
  const md5 = (text: string) => createHash('md5').update(text).digest('base64')
  await put('hello', { ContentMD5: md5('hello') })
  expect(await refusalOf(put('other', { ContentMD5: md5('hello') }))).toEqual([
    'BadDigest',
    400,
    'The Content-MD5 you specified did not match what we received.',
    { ExpectedDigest: '5d41402abc4b2a76b9719d911017c592', CalculatedDigest: md5('other') },
  ])
  expect(await refusalOf(put('hello', { ContentMD5: 'short' }))).toEqual([
    'InvalidDigest',
    400,
    'The Content-MD5 you specified was invalid.',
    { 'Content-MD5': 'short' },
  ])
})

test("a checksum in a link's query is passed over, as S3 does", async () => {
  const query = 'x-amz-checksum-crc32=AAAAAA%3D%3D&x-amz-sdk-checksum-algorithm=CRC32'
  const answer = await fetch(`${server.endpoint}/bucket/linked?${query}`, { method: 'PUT', body: 'hello' })
  expect(answer.status).toBe(200)
})

test('a body that breaks off is not stored, and the server goes on', async () => {
  await put('before', {})
  const { port } = new URL(server.endpoint)
  for (const ending of ['end', 'destroy'] as const) {
    const socket = connect(Number(port), '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write(`PUT /bucket/${Key} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\nonly this`)
    await once(socket, 'connect')
    socket[ending]()
    socket.resume()
    await once(socket, 'close')
  }
  expect(await textOf(client.GetObject({ Bucket, Key }))).toBe('before')
})

test('a body of another length than announced inside aws-chunked is refused', async () => {
  const answer = await fetch(`${server.endpoint}/bucket/short`, {
    method: 'PUT',
    headers: {
      'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      'x-amz-decoded-content-length': '6',
    },
    body: '5\r\nhello\r\n0\r\n\r\n',
  })
  expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('IncompleteBody')])
  expect(await codeOf(client.GetObject({ Bucket, Key: 'short' }))).toBe('NoSuchKey 404')
})

test('a checksum that is not known is refused, not passed over', async () => {
  const headers = { 'x-amz-checksum-xxhash3': 'AAAAAAAAAAA=' }
  const answer = await fetch(`${server.endpoint}/bucket/unknown`, { method: 'PUT', headers, body: 'x' })
  expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('InvalidRequest')])
})

test('the checksum of a list of keys is checked before a key is deleted', async () => {
  await put('stays', {})
  const body = `<Delete><Object><Key>${Key}</Key></Object></Delete>`
  const send = (headers: Record<string, string>) =>
    fetch(`${server.endpoint}/bucket?delete`, { method: 'POST', headers, body })
  for (const headers of [
    { 'content-md5': createHash('md5').update('other').digest('base64') },
    { 'x-amz-checksum-crc32c': sum('CRC32C', 'other') },
  ] as Record<string, string>[]) {
    const answer = await send(headers)
    expect([answer.status, await answer.text()]).toEqual([
      400,
      expect.stringContaining('<Code>BadDigest</Code>'),
    ])
  }
  expect(await textOf(client.GetObject({ Bucket, Key }))).toBe('stays')
  const right = await send({ 'x-amz-checksum-crc32c': sum('CRC32C', body) })
  expect([right.status, await right.text()]).toEqual([
    200,
    expect.stringContaining(`<Deleted><Key>${Key}</Key>`),
  ])
})
