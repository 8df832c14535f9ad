import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { ApiError } from '../errors.ts'
import { bytesOf, type HttpRequest, readAll } from '../http.ts'
import { readClaim } from './claim.ts'
import { errorFamily, isRefusal, refusalError } from './refusal.ts'
import { signRequest } from './sign-request.ts'
import { exampleCredentials, exampleRequest } from './testing/example-request.ts'
import { trustRequest, verifyRequest } from './verify-request.ts'

const now = new Date('2026-11-21T10:00:00Z')
const minutes = (count: number) => new Date(now.getTime() + count * 60_000)

interface Change {
  readonly at?: Date
  readonly payload?: string
  readonly accessKeyId?: string
  readonly secretAccessKey?: string
  readonly request?: () => Parameters<typeof exampleRequest>[0]
  readonly after?: (request: HttpRequest) => HttpRequest
}

function signed(service: string, change: Change = {}): HttpRequest {
  const credentials = { ...exampleCredentials }
  const { accessKeyId = credentials.accessKeyId, secretAccessKey = credentials.secretAccessKey } = change
  const request = signRequest(exampleRequest({ target: '/b/k', ...change.request?.() }), {
    credentials: { accessKeyId, secretAccessKey },
    region: 'us-west-2',
    service,
    now: change.at ?? now,
    payload: change.payload ?? 'unsigned',
  })
  return change.after === undefined ? request : change.after(request)
}

/** What a server does with it: the claim is read, proven, and the body read to its end. */
async function receive(request: HttpRequest, service: string): Promise<Buffer> {
  const claim = readClaim(request)
  const family = errorFamily(service)
  if (claim === undefined) throw refusalError({ refused: 'no-credentials' }, family)
  if (isRefusal(claim)) throw refusalError(claim, family)
  const secretOf = (id: string) =>
    id === exampleCredentials.accessKeyId ? exampleCredentials.secretAccessKey : undefined
  return await readAll(
    (await verifyRequest(request, { claim, secretOf, now, heldBodyLimitBytes: 100 })).body,
    1000,
  )
}

const withHeader = (name: string, value: string) => (request: HttpRequest) => {
  const headers = new Headers(request.headers)
  headers.set(name, value)
  return { ...request, headers }
}
const withoutHeader = (name: string) => (request: HttpRequest) => {
  const headers = new Headers(request.headers)
  headers.delete(name)
  return { ...request, headers }
}
const otherHash = createHash('sha256').update('other').digest('hex')
const upload = () => ({ method: 'PUT', headers: { 'content-length': '4' }, body: bytesOf('body') })

const cases: readonly { name: string; change: Change; s3: string; json: string; query: string }[] = [
  {
    name: 'no credentials',
    change: { after: withoutHeader('authorization') },
    s3: '403 AccessDenied',
    json: '400 MissingAuthenticationTokenException',
    query: '403 MissingAuthenticationToken',
  },
  {
    name: 'an unknown access key',
    change: { accessKeyId: 'AKIANOBODY' },
    s3: '403 InvalidAccessKeyId',
    json: '400 UnrecognizedClientException',
    query: '403 InvalidClientTokenId',
  },
  {
    name: 'a wrong secret',
    change: { secretAccessKey: 'guessed' },
    s3: '403 SignatureDoesNotMatch',
    json: '400 InvalidSignatureException',
    query: '403 SignatureDoesNotMatch',
  },
  {
    name: 'a signed header changed on the way',
    change: { request: () => ({ headers: { 'content-type': 'a' } }), after: withHeader('content-type', 'b') },
    s3: '403 SignatureDoesNotMatch',
    json: '400 InvalidSignatureException',
    query: '403 SignatureDoesNotMatch',
  },
  {
    name: 'a clock that is 16 minutes late',
    change: { at: minutes(-16) },
    s3: '403 RequestTimeTooSkewed',
    json: '400 InvalidSignatureException',
    query: '403 SignatureDoesNotMatch',
  },
  {
    name: 'a clock that is 16 minutes early',
    change: { at: minutes(16) },
    s3: '403 RequestTimeTooSkewed',
    json: '400 InvalidSignatureException',
    query: '403 SignatureDoesNotMatch',
  },
  {
    name: 'a header without a signature in it',
    change: { after: withHeader('authorization', 'AWS4-HMAC-SHA256 Credential=A/20261121/r/s/aws4_request') },
    s3: '400 AuthorizationHeaderMalformed',
    json: '400 IncompleteSignatureException',
    query: '400 IncompleteSignature',
  },
  {
    name: 'a credential without a scope',
    change: {
      after: withHeader('authorization', 'AWS4-HMAC-SHA256 Credential=A, SignedHeaders=host, Signature=00'),
    },
    s3: '400 AuthorizationHeaderMalformed',
    json: '400 IncompleteSignatureException',
    query: '400 IncompleteSignature',
  },
  {
    name: 'another scheme',
    change: { after: withHeader('authorization', 'Basic YTpi') },
    s3: '400 InvalidRequest',
    json: '400 IncompleteSignatureException',
    query: '400 IncompleteSignature',
  },
  {
    name: 'a body that is not the one whose hash was signed',
    change: { payload: otherHash, request: upload },
    s3: '400 XAmzContentSHA256Mismatch',
    json: '400 InvalidSignatureException',
    query: '403 SignatureDoesNotMatch',
  },
  {
    name: 'no body where the hash of one was signed',
    change: { payload: otherHash },
    s3: '400 XAmzContentSHA256Mismatch',
    json: '400 InvalidSignatureException',
    query: '403 SignatureDoesNotMatch',
  },
  {
    name: 'a hash that is none',
    change: { payload: 'nonsense' },
    s3: '400 InvalidArgument',
    json: '400 InvalidSignatureException',
    query: '403 SignatureDoesNotMatch',
  },
]

describe.each(['s3', 'sagemaker', 'sts'] as const)('a request signed for %s', (service) => {
  test('is accepted, from a clock up to 15 minutes off', async () => {
    for (const at of [now, minutes(-15), minutes(15)])
      expect(String(await receive(signed(service, { at, request: upload }), service))).toBe('body')
  })

  test.each(cases)('with $name is refused in its own words', async ({ change, ...expected }) => {
    const error = await receive(signed(service, change), service).catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(ApiError)
    expect(error instanceof ApiError && `${error.httpStatus} ${error.code}`).toBe(
      expected[errorFamily(service)],
    )
  })
})

describe('wording', () => {
  test('an S3 refusal says what was computed', async () => {
    await expect(receive(signed('s3', { secretAccessKey: 'guessed' }), 's3')).rejects.toMatchObject({
      details: {
        AWSAccessKeyId: exampleCredentials.accessKeyId,
        StringToSign: expect.stringMatching(
          /^AWS4-HMAC-SHA256\n20261121T100000Z\n20261121\/us-west-2\/s3\/aws4_request\n/,
        ),
        CanonicalRequest: expect.stringMatching(/^GET\n\/b\/k\n\nhost:127.0.0.1:8400\n/),
      },
    })
  })

  test('a late clock is told both times', async () => {
    const skewed = { at: minutes(-20) }
    await expect(receive(signed('logs', skewed), 'logs')).rejects.toThrow(
      'Signature expired: 20261121T094000Z is now earlier than 20261121T094500Z (20261121T100000Z - 15 min.)',
    )
    await expect(receive(signed('s3', skewed), 's3')).rejects.toMatchObject({
      details: {
        RequestTime: '20261121T094000Z',
        ServerTime: '2026-11-21T10:00:00Z',
        MaxAllowedSkewMilliseconds: '900000',
      },
    })
  })

  test('an x-amz- header that S3 finds unsigned is named', async () => {
    const request = signed('s3', { after: withHeader('x-amz-acl', 'public-read') })
    await expect(receive(request, 's3')).rejects.toMatchObject({
      code: 'AccessDenied',
      details: { HeadersNotSigned: 'x-amz-acl' },
    })
  })
})

describe('a body whose hash is signed but not stated', () => {
  /** As botocore 1.44.5 signs it. */
  const unstated = (text: string) =>
    exampleRequest({
      method: 'POST',
      target: '/endpoints/a%20b/invocations',
      headers: {
        'content-type': 'text/csv',
        'content-length': String(text.length),
        'x-amz-date': '20261121T100000Z',
        authorization:
          'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261121/us-west-2/sagemaker/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=9292b72790a4e5b8f2f46181593032bffc0b2f7f6e5e7a086ad6f726b2d21372',
      },
      body: bytesOf(text),
    })

  test('is accepted when it is the one signed', async () => {
    expect(String(await receive(unstated('body'), 'sagemaker'))).toBe('body')
  })

  test('is refused when it is another', async () => {
    await expect(receive(unstated('soul'), 'sagemaker')).rejects.toMatchObject({
      code: 'InvalidSignatureException',
    })
  })

  test('is refused past the size that is held', async () => {
    await expect(receive(unstated('b'.repeat(101)), 'sagemaker')).rejects.toMatchObject({
      code: 'RequestEntityTooLargeException',
      httpStatus: 413,
    })
  })
})

test('what a link carries of headers becomes headers, but for the checksum of a body that its maker could not know', () => {
  const scope = 'AKIAIOSFODNN7EXAMPLE%2F20261121%2Fus-west-2%2Fs3%2Faws4_request'
  const link = `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${scope}&X-Amz-Date=20261121T100000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=0`
  const carried =
    'x-amz-meta-a=%C3%A9%20b&x-amz-checksum-crc32=AAAAAA%3D%3D&x-amz-sdk-checksum-algorithm=CRC32&x-amz-a%0Ab=1'
  const request = exampleRequest({ method: 'PUT', target: `/b/k?${link}&${carried}` })
  const claim = readClaim(request)
  if (claim === undefined || isRefusal(claim)) throw new Error(`no claim: ${JSON.stringify(claim)}`)
  expect([...trustRequest(request, claim).headers]).toEqual([
    ['host', '127.0.0.1:8400'],
    ['x-amz-meta-a', Buffer.from('é b').toString('latin1')],
  ])
})
