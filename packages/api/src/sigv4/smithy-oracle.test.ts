import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type HttpRequest, splitTarget } from '../http.ts'
import { readClaim } from './claim.ts'
import { isRefusal } from './refusal.ts'
import { signRequest } from './sign-request.ts'
import { exampleCredentials, exampleRequest } from './testing/example-request.ts'
import { verifyRequest } from './verify-request.ts'

const now = new Date('2026-11-21T10:00:00Z')
const region = 'us-west-2'

/** Unreserved characters, those that need encoding, and UTF-8. */
const text = fc.string({
  unit: fc.constantFrom(...'abzAZ09-._~', ...' !"$%&\'()*+,:;<=>?@[]^`{|}', 'é', '€', '𝄞'),
  maxLength: 12,
})
const headerValue = fc.stringMatching(/^[a-z0-9;,= ]{0,20}$/)
const headerName = fc.constantFrom(
  'x-amz-meta-a',
  'x-amz-acl',
  'content-type',
  'range',
  'x-amzn-custom',
  'if-match',
)
const service = fc.constantFrom('s3', 'sagemaker', 'logs')
const request = fc.record({
  method: fc.constantFrom('GET', 'PUT', 'POST', 'DELETE', 'HEAD'),
  segments: fc.array(text, { maxLength: 4 }),
  query: fc.dictionary(
    text.filter((name) => name !== ''),
    fc.oneof(text, fc.array(text, { minLength: 1, maxLength: 3 })),
    {
      maxKeys: 4,
      noNullPrototype: true,
    },
  ),
  headers: fc.dictionary(headerName, headerValue, { maxKeys: 4, noNullPrototype: true }),
})
type Generated = typeof request extends fc.Arbitrary<infer T> ? T : never

describe('the official signer agrees', () => {
  test('it makes the signature that we make', async () => {
    await fc.assert(
      fc.asyncProperty(request, service, async (generated, name) => {
        const theirs = await signer(name).sign(smithyRequest(generated), { signingDate: now })
        const plain = exampleRequest({ ...generated, target: targetOf(generated) })
        const ours = signRequest(plain, { credentials: exampleCredentials, region, service: name, now })
        expect(theirs.headers).toMatchObject({ authorization: ours.headers.get('authorization') })
      }),
      { numRuns: 300 },
    )
  })

  test('what it signs is accepted, and refused once anything signed is changed', async () => {
    await fc.assert(
      fc.asyncProperty(request, service, async (generated, name) => {
        const { headers } = await signer(name).sign(smithyRequest(generated), { signingDate: now })
        const signed = exampleRequest({ ...generated, target: targetOf(generated), headers })
        await verified(signed)
        for (const changed of changes(signed))
          await expect(verified(changed)).rejects.toMatchObject({ name: refused })
      }),
      { numRuns: 300 },
    )
  })

  test('an S3 path signed in an unusual encoding is accepted in that encoding', async () => {
    await fc.assert(
      fc.asyncProperty(request, async (generated) => {
        const path = lowerCaseHex(pathOf(generated)).replaceAll('%2a', '*').replaceAll('%24', '$')
        const { headers } = await signer('s3').sign(
          { ...smithyRequest(generated), path },
          { signingDate: now },
        )
        const { query } = splitTarget(targetOf(generated))
        await verified(exampleRequest({ method: generated.method, target: `${path}?${query}`, headers }))
      }),
      { numRuns: 100 },
    )
  })

  test('what it presigns is accepted, and refused once the link is changed', async () => {
    await fc.assert(
      fc.asyncProperty(request, async (generated) => {
        const hashed = { ...smithyRequest(generated) }
        hashed.headers = { ...hashed.headers, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }
        const presigned = await signer('s3').presign(hashed, { signingDate: now, expiresIn: 60 })
        const query = presigned.query as Generated['query']
        const link = exampleRequest({
          method: generated.method,
          target: targetOf({ ...generated, query }),
          headers: presigned.headers,
        })
        await verified(link)
        await expect(verified({ ...link, target: `${link.target}&a=1` })).rejects.toMatchObject({
          name: refused,
        })
      }),
      { numRuns: 300 },
    )
  })
})

const refused = expect.stringMatching(/^(SignatureDoesNotMatch|InvalidSignatureException)$/)

function changes(request: HttpRequest): HttpRequest[] {
  const headers = new Headers(request.headers)
  headers.set('host', 'elsewhere')
  const mark = request.target.includes('?') ? '&' : '?'
  return [
    { ...request, method: request.method === 'GET' ? 'POST' : 'GET' },
    { ...request, target: `${request.target}${mark}zz=1` },
    { ...request, target: request.target.replace(/\?|$/, (end) => `/zz${end}`) },
    { ...request, headers },
  ]
}

/** As a client that is careless about its encoding would put it on the wire. */
function lowerCaseHex(path: string): string {
  return path.replace(/%[0-9A-F]{2}/g, (encoded) => encoded.toLowerCase())
}

async function verified(request: HttpRequest): Promise<HttpRequest> {
  const claim = readClaim(request)
  if (claim === undefined || isRefusal(claim)) throw new Error(`no claim: ${JSON.stringify(claim)}`)
  const secretOf = () => exampleCredentials.secretAccessKey
  return await verifyRequest(request, { claim, secretOf, now, heldBodyLimitBytes: 1000 })
}

function signer(service: string): SignatureV4 {
  return new SignatureV4({
    credentials: exampleCredentials,
    region,
    service,
    sha256: NodeSha256,
    uriEscapePath: service !== 's3',
  })
}

function smithyRequest(generated: Generated) {
  return {
    protocol: 'http:',
    hostname: '127.0.0.1',
    method: generated.method,
    path: pathOf(generated),
    query: { ...generated.query },
    headers: { host: '127.0.0.1:8400', ...generated.headers } as Record<string, string>,
  }
}

function pathOf(generated: Pick<Generated, 'segments'>): string {
  return `/${generated.segments.map(encode).join('/')}`
}

function targetOf(generated: Pick<Generated, 'segments' | 'query'>): string {
  const pairs = Object.entries(generated.query).flatMap(([name, value]) =>
    [value].flat().map((each) => `${encode(name)}=${encode(each)}`),
  )
  return pairs.length === 0 ? pathOf(generated) : `${pathOf(generated)}?${pairs.join('&')}`
}

function encode(value: string): string {
  return encodeURIComponent(value).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

class NodeSha256 {
  readonly #hash: Hash | Hmac

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    if (secret === undefined) this.#hash = createHash('sha256')
    else this.#hash = createHmac('sha256', bytesIn(secret))
  }

  update(chunk: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytesIn(chunk))
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest()
  }

  reset(): void {}
}

function bytesIn(data: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof data === 'string') return Buffer.from(data)
  return ArrayBuffer.isView(data)
    ? Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    : Buffer.from(data)
}
