import { describe, expect, test } from 'vitest'
import { readClaim } from './claim.ts'
import { isRefusal } from './refusal.ts'
import { exampleCredentials, exampleRequest } from './testing/example-request.ts'
import { verifyRequest } from './verify-request.ts'

const now = new Date(1_795_175_670_000)

/** Made by boto3 1.44.5, unconfigured, at that time. */
const links = [
  { name: 'a plain object', target: '/b/k?', signature: '%2FAGXH40VsIsTcFAMPM59i4KasUo%3D' },
  {
    name: 'a key and answers that need encoding',
    target:
      '/b/a%20b/%C3%A9%2B%C3%BC%281%29.txt?response-content-disposition=attachment%3B%20filename%3D%22%C3%A9%2B%20x.txt%22&versionId=null&',
    signature: '2%2FeuK%2Ffm3hP4rgA1gmyAcltFaYY%3D',
  },
  {
    name: 'an upload with metadata',
    method: 'PUT',
    target: '/b/k?content-type=text%2Fplain&x-amz-meta-a=1%202&',
    headers: { 'content-type': 'text/plain' },
    signature: 'E5uUSRZ50Wo42mQ0wy26pIglPtE%3D',
  },
  {
    name: 'a listing',
    target: '/b?list-type=2&prefix=x%2F%20y&encoding-type=url&',
    signature: 'UlmnZy8euAHDD61G9%2FrYhLzYYg0%3D',
  },
  {
    name: 'a part of an upload',
    method: 'PUT',
    target: '/b/k?uploadId=u%2B%2F%3D&partNumber=3&',
    signature: 'JP%2FwbBwHo8gcN9OD%2FqgAqY46BDo%3D',
  },
  {
    name: 'a session token',
    target: '/b/k?x-amz-security-token=tok%2Fen%2B%3D&',
    signature: 'x%2FEoAnAFgu%2BZANjcEdy9VQcS4cU%3D',
  },
].map(({ target, signature, ...link }) => ({
  ...link,
  target: `${target}AWSAccessKeyId=${exampleCredentials.accessKeyId}&Signature=${signature}&Expires=1795179270`,
}))

async function verified(request: ReturnType<typeof exampleRequest>, at = now) {
  const claim = readClaim(request)
  if (claim === undefined || isRefusal(claim)) throw new Error(`no claim: ${JSON.stringify(claim)}`)
  const secretOf = () => exampleCredentials.secretAccessKey
  return await verifyRequest(request, { claim, secretOf, now: at, heldBodyLimitBytes: 0 })
}

describe('a presigned Version 2 URL', () => {
  test.each(links)('is accepted for $name', async ({ name: _, ...link }) => {
    await verified(exampleRequest(link))
  })

  test.each(links)(
    'is refused for $name when the method or path is another',
    async ({ name: _, ...link }) => {
      for (const changed of [
        { ...link, method: 'DELETE' },
        { ...link, target: link.target.replace('/b', '/c') },
      ])
        await expect(verified(exampleRequest(changed))).rejects.toMatchObject({
          code: 'SignatureDoesNotMatch',
        })
    },
  )

  test('is refused after its end', async () => {
    const request = exampleRequest(links[0])
    await verified(request, new Date(1_795_179_270_000))
    await expect(verified(request, new Date(1_795_179_271_000))).rejects.toMatchObject({
      code: 'AccessDenied',
      httpStatus: 403,
      message: 'Request has expired',
      details: { Expires: '2026-11-20T12:54:30Z', ServerTime: '2026-11-20T12:54:31Z' },
    })
  })

  test('gives the headers that its query carries', async () => {
    const request = await verified(exampleRequest(links[2]))
    expect(request.headers.get('x-amz-meta-a')).toBe('1 2')
  })

  test.each([
    {
      name: 'no signature',
      target: '/b/k?AWSAccessKeyId=A&Expires=1',
      text: /requires the Signature, Expires/,
    },
    {
      name: 'a bad end',
      target: '/b/k?AWSAccessKeyId=A&Expires=soon&Signature=x',
      text: /seconds since epoch\): soon/,
    },
  ])('with $name is refused', ({ target, text }) => {
    expect(readClaim(exampleRequest({ target }))).toMatchObject({
      refused: 'malformed-version-2',
      text: expect.stringMatching(text),
    })
  })
})
