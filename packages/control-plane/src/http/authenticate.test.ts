import { bytesOf, type HttpRequest, restXml, service } from '@sagebrush/api'
import { describe, expect, test } from 'vitest'
import { authenticate } from './authenticate.ts'
import { mount } from './mount.ts'
import { readSender } from './sender.ts'

const speaker = mount(service({ signingName: 's3', apiVersion: '1', protocol: restXml, operations: [] }), {})

async function accepted(headers: Record<string, string>): Promise<HttpRequest> {
  const signal = new AbortController().signal
  const request = { method: 'GET', target: '/', headers: new Headers(headers), body: bytesOf(), signal }
  const sender = readSender(request, [speaker], 'us-west-2')
  return await authenticate(
    request,
    { sender, speaker },
    { mode: 'none', secretOf: () => undefined, now: () => new Date(), heldBodyLimitBytes: 0 },
  )
}

describe('a server without signatures', () => {
  test.each([
    'localhost:8400',
    '127.0.0.1:8400',
    '127.9.8.7',
    '[::1]:8400',
    'b.localhost',
    'host.docker.internal:1',
  ])('answers as %s', async (host) => {
    await accepted({ host, origin: `http://${host}` })
  })

  test.each(['evil.example:8400', 'localhost.evil.example', '127.0.0.1.evil.example', '10.0.0.1:8400', ''])(
    'does not answer as %j, a name that a web page may have made to point here',
    async (host) => {
      await expect(accepted({ host })).rejects.toMatchObject({ code: 'AccessDenied', httpStatus: 403 })
    },
  )
})
