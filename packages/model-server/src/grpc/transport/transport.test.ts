import { once } from 'node:events'
import { constants } from 'node:http2'
import { describe, expect, test } from 'vitest'
import { FrameReader, frame, frameFlags, frameTypes } from '../http2/frames.ts'
import {
  ask,
  eventually,
  grpcHeaders,
  openEcho,
  sessionWith,
  statusOf,
  waiting,
  waitsFor,
} from '../testing/echo-transport.ts'
import { connectRaw, dataFrame, framesUntil, greeting, headersFrame } from '../testing/raw-frames.ts'
import { type ChannelSettings, usualChannelSettings } from './channel-arguments.ts'
import { prefixed } from './prefixed-messages.ts'

test('a server that closes answers what is under way, and takes no more', async () => {
  waiting.length = 0
  const closing = await openEcho()
  const by = sessionWith(closing)
  const asked = ask(by, '/a.B/Wait', prefixed(Buffer.of(7)))
  await waitsFor(1)
  const goneAway = once(by, 'goaway')
  const closed = closing.close(30)
  await goneAway
  waiting[0]?.go()
  expect((await asked).body).toEqual(prefixed(Buffer.of(7)))
  await closed
  await expect(connectRaw(closing)).rejects.toThrow('ECONNREFUSED')
})

describe('channel arguments', () => {
  const limited = (channel: Partial<ChannelSettings>) =>
    openEcho({ channel: { ...usualChannelSettings, ...channel } })

  test('limit messages, each way by itself', async () => {
    const small = await limited({ receiveLimitBytes: 20, sendLimitBytes: 10 })
    const by = sessionWith(small)
    const answers = []
    for (const byteCount of [10, 11, 21])
      answers.push((await ask(by, '/a.B/Echo', prefixed(Buffer.alloc(byteCount)))).headers)
    expect(answers.map((headers) => headers['grpc-message'])).toEqual([
      undefined,
      'Sent message larger than max (11 vs. 10)',
      'Received message larger than max (21 vs. 20)',
    ])
    by.close()
    await small.close(1)
  })

  test('refuse a call whose metadata is too large, and no other', async () => {
    const small = await limited({ maxHeaderBytes: 1000 })
    const by = sessionWith(small)
    const refused = by.request({ ':path': '/a.B/Echo', ...grpcHeaders, a: 'b'.repeat(2000) })
    const [error] = await once(refused.resume(), 'error').catch((thrown) => [thrown])
    expect([refused.rstCode, String(error)]).toEqual([
      constants.NGHTTP2_ENHANCE_YOUR_CALM,
      expect.stringContaining('NGHTTP2_ENHANCE_YOUR_CALM'),
    ])
    expect(statusOf(await ask(by, '/a.B/Echo', prefixed(Buffer.of(1))))).toBe('0')
    by.close()
    await small.close(1)
  })

  test.each([
    ['age', { ageMillis: 1 }],
    ['idle time', { idleMillis: 1 }],
  ])('%s ends a connection in peace', async (_situation, channel) => {
    const short = await limited(channel)
    const by = sessionWith(short)
    await Promise.all([once(by, 'goaway'), once(by, 'close')])
    const again = sessionWith(short)
    await once(again, 'close')
    await short.close(1)
  })

  test('a connection that has come of age answers what is under way, for as long as that is given', async () => {
    waiting.length = 0
    const short = await limited({ ageMillis: 1, ageGraceMillis: 60_000 })
    const by = sessionWith(short)
    const goneAway = once(by, 'goaway')
    const asked = ask(by, '/a.B/Wait', prefixed(Buffer.of(7)))
    await Promise.all([goneAway, waitsFor(1)])
    waiting[0]?.go()
    expect((await asked).body).toEqual(prefixed(Buffer.of(7)))
    await short.close(1)
  })

  test('a client that is silent is asked whether it is there, and cut off', async () => {
    const alert = await limited({ keepAliveMillis: 1, keepAliveTimeoutMillis: 1, keepsIdleAlive: true })
    const socket = await connectRaw(alert)
    socket.write(greeting)
    const frames = await framesUntil(socket, -1)
    expect(frames.map(({ type }) => type)).toContain(frameTypes.ping)
    expect(frames.map(({ type }) => type)).not.toContain(frameTypes.goAway)
    await alert.close(0)
  })
})

test('a call that was sent before its client heard that the connection closes is answered', async () => {
  const closing = await openEcho()
  const socket = await connectRaw(closing)
  const types: number[] = []
  const pings: Buffer[] = []
  const reader = new FrameReader()
  socket.on('data', (chunk) =>
    reader.push(chunk, ({ type, payload }) => {
      types.push(type)
      if (type === frameTypes.ping) pings.push(Buffer.from(payload))
    }),
  )
  const sees = (type: number) => eventually(() => expect(types).toContain(type))
  socket.write(greeting)
  await sees(frameTypes.settings)
  const closed = closing.close(30)
  await sees(frameTypes.ping)
  expect(types).toContain(frameTypes.goAway)
  const [payload = Buffer.alloc(8)] = pings
  const heard = frame({ type: frameTypes.ping, flags: frameFlags.ack, stream: 0, payload })
  socket.write(Buffer.concat([headersFrame(1), dataFrame(1, prefixed(Buffer.of(1))), heard]))
  await Promise.all([closed, once(socket, 'end')])
  expect(types.filter((type) => type === frameTypes.data || type === frameTypes.goAway)).toEqual([
    frameTypes.goAway,
    frameTypes.goAway,
    frameTypes.data,
  ])
})

test('a server that closes waits no longer than it is told to', async () => {
  waiting.length = 0
  const closing = await openEcho()
  const by = sessionWith(closing)
  const asked = ask(by, '/a.B/Wait', prefixed(Buffer.of(7))).catch((error: Error) => error)
  await waitsFor(1)
  await closing.close(0.01)
  await asked
  await eventually(() => expect(waiting[0]?.context.isAbandoned()).toBe(true))
})
