import { once } from 'node:events'
import { constants } from 'node:http2'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  ask,
  eventually,
  grpcHeaders,
  limitBytes,
  openEcho,
  sessionWith,
  statusOf,
  waiting,
  waitsFor,
} from '../testing/echo-transport.ts'
import { prefixed } from './prefixed-messages.ts'
import type { Transport } from './transport.ts'

let transport: Transport
beforeAll(async () => {
  transport = await openEcho()
})
afterAll(() => transport.close(0))

describe('messages', () => {
  test.each([
    ['nothing', 0, {}],
    ['little', 3, {}],
    ['more than a stream takes at once', 6_000_000, {}],
    ['much, to a client that takes little at a time', 300_000, { settings: { initialWindowSize: 1000 } }],
    [
      'more than one frame, to a client that takes larger ones',
      300_000,
      { settings: { maxFrameSize: 100_000 } },
    ],
  ])('of %s come back', async (_situation, byteCount, options) => {
    const by = sessionWith(transport, options)
    const message = prefixed(Buffer.alloc(byteCount, 'abc'))
    const answer = await ask(by, '/a.B/Echo', message)
    expect([answer.headers[':status'], statusOf(answer), answer.body.equals(message)]).toEqual([
      200,
      '0',
      true,
    ])
    by.close()
  })

  test('of one stream are answered one by one', async () => {
    const by = sessionWith(transport)
    const stream = by.request({ ':path': '/a.B/Double', ...grpcHeaders })
    for (const text of ['a', 'bc']) {
      stream.write(prefixed(Buffer.from(text)))
      expect((await once(stream, 'data'))[0]).toEqual(prefixed(Buffer.from(text + text)))
    }
    const trailers = once(stream, 'trailers')
    stream.end()
    stream.resume()
    expect((await trailers)[0]).toMatchObject({ 'grpc-status': '0' })
    by.close()
  })

  test('may be compressed', async () => {
    const by = sessionWith(transport)
    const zipped = prefixed(gzipSync('hello'))
    zipped[0] = 1
    const answer = await ask(by, '/a.B/Echo', zipped, { 'grpc-encoding': 'gzip' })
    expect(answer.body.subarray(5).toString()).toBe('hello')
    const doubled = await ask(by, '/a.B/Double', Buffer.concat([zipped, zipped]), { 'grpc-encoding': 'gzip' })
    expect(doubled.body.toString('latin1').split('hellohello')).toHaveLength(3)
    expect(statusOf(await ask(by, '/a.B/Echo', zipped, { 'grpc-encoding': 'snappy' }))).toBe('12')
    zipped.fill(1, 10)
    expect(statusOf(await ask(by, '/a.B/Echo', zipped, { 'grpc-encoding': 'gzip' }))).toBe('13')
    by.close()
  })
})

describe('a call ends with a status', () => {
  const two = Buffer.concat([prefixed(Buffer.of(1)), prefixed(Buffer.of(2))])
  const tooLarge = Buffer.concat([Buffer.of(0, 0, 128, 0, 1), Buffer.alloc(limitBytes + 1)])
  test.each([
    ['of the method', '/a.B/Fail', prefixed(Buffer.of(1)), '5', 'no 100 %25 gr%C3%B6%C3%9Fe%0A'],
    ['where there is no such method', '/a.B/C', prefixed(Buffer.of(1)), '12', /method \/a.B\/C$/],
    ['where there is no message', '/a.B/Echo', Buffer.alloc(0), '13', /no whole message$/],
    ['where there is half a message', '/a.B/Echo', Buffer.of(0, 0, 0, 0, 2, 1), '13', /no whole message$/],
    ['where there are two messages', '/a.B/Echo', two, '13', /more than one message$/],
    ['where a message is too large', '/a.B/Echo', tooLarge, '8', /larger than max \(8388609 vs. 8388608\)$/],
  ])('%s', async (_situation, path, body, status, message) => {
    const by = sessionWith(transport)
    const { headers } = await ask(by, path, body)
    expect(headers).toMatchObject({ ':status': 200, 'grpc-status': status })
    expect(headers['grpc-message']).toEqual(
      typeof message === 'string' ? message : expect.stringMatching(message),
    )
    by.close()
  })

  test('of HTTP where it is no gRPC call', async () => {
    const by = sessionWith(transport)
    expect(
      (await ask(by, '/a.B/Echo', Buffer.alloc(0), { 'content-type': 'text/plain' })).headers[':status'],
    ).toBe(415)
    by.close()
  })
})

describe('a method hears', () => {
  test.each([
    ['that its call is given up', false],
    ['that its client is gone', true],
  ])('%s', async (_situation, isGone) => {
    waiting.length = 0
    const by = sessionWith(transport)
    const stream = by.request({ ':path': '/a.B/Wait', ...grpcHeaders })
    stream.on('error', () => undefined)
    stream.end(prefixed(Buffer.of(1)))
    await waitsFor(1)
    expect(waiting[0]?.context.isAbandoned()).toBe(false)
    if (isGone) by.destroy()
    else stream.close(constants.NGHTTP2_CANCEL)
    await eventually(() => expect(waiting[0]?.context.isAbandoned()).toBe(true))
    waiting[0]?.go()
    by.destroy()
  })

  test('of its deadline', async () => {
    waiting.length = 0
    const by = sessionWith(transport)
    const before = Date.now()
    const asked = ask(by, '/a.B/Wait', prefixed(Buffer.of(1)), { 'grpc-timeout': '1H' })
    await waitsFor(1)
    const left = (waiting[0]?.context.deadlineMillis ?? 0) - before
    expect(Math.abs(left - 3_600_000)).toBeLessThan(60_000)
    waiting[0]?.go()
    await asked
    by.close()
  })
})

test('a stream whose answers nobody takes ends', async () => {
  let said = 0
  let hasEnded = false
  async function* flood() {
    try {
      for (; ; said++) yield Buffer.alloc(4_000_000)
    } finally {
      hasEnded = true
    }
  }
  const flooding = await openEcho({
    methods: { unary: new Map(), streams: new Map([['/a.B/Flood', flood]]) },
  })
  const by = sessionWith(flooding, { settings: { initialWindowSize: 0 } })
  by.request({ ':path': '/a.B/Flood', ...grpcHeaders }).on('error', () => undefined)
  await eventually(() => expect(hasEnded).toBe(true))
  expect(said).toBeLessThan(100)
  by.destroy()
  await flooding.close(0)
})
