import { once } from 'node:events'
import {
  type ClientHttp2Session,
  type ClientSessionOptions,
  connect as connectHttp2,
  constants,
  type IncomingHttpHeaders,
} from 'node:http2'
import { connect, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { StatusError } from '../status.ts'
import { type ChannelSettings, usualChannelSettings } from './channel-arguments.ts'
import { errorCodes, FrameReader, frame, frameFlags, frameTypes } from './http2/frames.ts'
import { headerBlock } from './http2/response-headers.ts'
import { prefixed } from './messages.ts'
import type { CallContext, UnaryMethod } from './method.ts'
import { startTransport, type Transport, type TransportOptions } from './transport.ts'

const limitBytes = 8 * 1024 * 1024
let transport: Transport
/** Calls of the method that waits, and what lets each go. */
const waiting: { readonly context: CallContext; readonly go: () => void }[] = []

const open = (more: Partial<TransportOptions> = {}): Promise<Transport> =>
  startTransport({
    ...{ host: '127.0.0.1', port: 0, limitBytes },
    methods: {
      unary: new Map<string, UnaryMethod>([
        ['/a.B/Echo', async (bytes) => bytes],
        ['/a.B/Fail', async () => Promise.reject(new StatusError('NOT_FOUND', 'no 100 % größe\n'))],
        [
          '/a.B/Wait',
          (bytes, context) => new Promise((go) => void waiting.push({ context, go: () => go(bytes) })),
        ],
      ]),
      streams: new Map([
        [
          '/a.B/Double',
          async function* double(requests) {
            for await (const bytes of requests) yield Buffer.concat([bytes, bytes])
          },
        ],
      ]),
    },
    ...more,
  })

beforeAll(async () => {
  transport = await open()
})
afterAll(() => transport.close(0))

function session(to: Transport = transport, options: ClientSessionOptions = {}): ClientHttp2Session {
  const made = connectHttp2(`http://127.0.0.1:${to.port}`, options)
  made.on('error', () => undefined)
  return made
}

interface Answer {
  readonly headers: IncomingHttpHeaders
  readonly trailers: IncomingHttpHeaders
  readonly body: Buffer
}

const grpcHeaders = { ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers' }

async function ask(
  by: ClientHttp2Session,
  path: string,
  body: Uint8Array,
  more: Record<string, string> = {},
): Promise<Answer> {
  const stream = by.request({ ':path': path, ...grpcHeaders, ...more })
  let [headers, trailers]: IncomingHttpHeaders[] = [{}, {}]
  stream.once('response', (found) => {
    headers = found
  })
  stream.once('trailers', (found) => {
    trailers = found
  })
  stream.end(body)
  const parts: Buffer[] = []
  for await (const part of stream) parts.push(part)
  return { headers: headers ?? {}, trailers: trailers ?? {}, body: Buffer.concat(parts) }
}

const statusOf = ({ headers, trailers }: Answer) => trailers['grpc-status'] ?? headers['grpc-status']

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
    const by = session(transport, options)
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
    const by = session()
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
    const by = session()
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
    const by = session()
    const { headers } = await ask(by, path, body)
    expect(headers).toMatchObject({ ':status': 200, 'grpc-status': status })
    expect(headers['grpc-message']).toEqual(
      typeof message === 'string' ? message : expect.stringMatching(message),
    )
    by.close()
  })

  test('of HTTP where it is no gRPC call', async () => {
    const by = session()
    expect(
      (await ask(by, '/a.B/Echo', Buffer.alloc(0), { 'content-type': 'text/plain' })).headers[':status'],
    ).toBe(415)
    by.close()
  })
})

const waitsFor = async (count: number) =>
  vi.waitFor(() => expect(waiting).toHaveLength(count), { timeout: 30_000, interval: 5 })

describe('a method hears', () => {
  test.each([
    ['that its call is given up', false],
    ['that its client is gone', true],
  ])('%s', async (_situation, isGone) => {
    waiting.length = 0
    const by = session()
    const stream = by.request({ ':path': '/a.B/Wait', ...grpcHeaders })
    stream.on('error', () => undefined)
    stream.end(prefixed(Buffer.of(1)))
    await waitsFor(1)
    expect(waiting[0]?.context.isAbandoned()).toBe(false)
    if (isGone) by.destroy()
    else stream.close(constants.NGHTTP2_CANCEL)
    await vi.waitFor(() => expect(waiting[0]?.context.isAbandoned()).toBe(true), {
      timeout: 30_000,
      interval: 5,
    })
    waiting[0]?.go()
    by.destroy()
  })

  test('of its deadline', async () => {
    waiting.length = 0
    const by = session()
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

test('a server that closes answers what is under way, and takes no more', async () => {
  waiting.length = 0
  const closing = await open()
  const by = session(closing)
  const asked = ask(by, '/a.B/Wait', prefixed(Buffer.of(7)))
  await waitsFor(1)
  const goneAway = once(by, 'goaway')
  const closed = closing.close(30)
  await goneAway
  waiting[0]?.go()
  expect((await asked).body).toEqual(prefixed(Buffer.of(7)))
  await closed
  await expect(raw(closing)).rejects.toThrow('ECONNREFUSED')
})

describe('channel arguments', () => {
  const limited = (channel: Partial<ChannelSettings>) =>
    open({ channel: { ...usualChannelSettings, ...channel } })

  test('limit messages, each way by itself', async () => {
    const small = await limited({ receiveLimitBytes: 20, sendLimitBytes: 10 })
    const by = session(small)
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
    const by = session(small)
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
    const by = session(short)
    await Promise.all([once(by, 'goaway'), once(by, 'close')])
    const again = session(short)
    await once(again, 'close')
    await short.close(1)
  })

  test('a connection that has come of age answers what is under way, for as long as that is given', async () => {
    waiting.length = 0
    const short = await limited({ ageMillis: 1, ageGraceMillis: 60_000 })
    const by = session(short)
    const goneAway = once(by, 'goaway')
    const asked = ask(by, '/a.B/Wait', prefixed(Buffer.of(7)))
    await Promise.all([goneAway, waitsFor(1)])
    waiting[0]?.go()
    expect((await asked).body).toEqual(prefixed(Buffer.of(7)))
    await short.close(1)
  })

  test('a client that is silent is asked whether it is there, and cut off', async () => {
    const alert = await limited({ keepAliveMillis: 1, keepAliveTimeoutMillis: 1, keepsIdleAlive: true })
    const socket = await raw(alert)
    socket.write(greeting)
    const frames = await framesUntil(socket, -1)
    expect(frames.map(({ type }) => type)).toContain(frameTypes.ping)
    expect(frames.map(({ type }) => type)).not.toContain(frameTypes.goAway)
    await alert.close(0)
  })
})

test('a call that was sent before its client heard that the connection closes is answered', async () => {
  const closing = await open()
  const socket = await raw(closing)
  const types: number[] = []
  const pings: Buffer[] = []
  const reader = new FrameReader()
  socket.on('data', (chunk) =>
    reader.push(chunk, ({ type, payload }) => {
      types.push(type)
      if (type === frameTypes.ping) pings.push(Buffer.from(payload))
    }),
  )
  const sees = (type: number) =>
    vi.waitFor(() => expect(types).toContain(type), { timeout: 30_000, interval: 5 })
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
  const closing = await open()
  const by = session(closing)
  const asked = ask(by, '/a.B/Wait', prefixed(Buffer.of(7))).catch((error: Error) => error)
  await waitsFor(1)
  await closing.close(0.01)
  await asked
  await vi.waitFor(() => expect(waiting[0]?.context.isAbandoned()).toBe(true), {
    timeout: 30_000,
    interval: 5,
  })
})

const greeting = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  frame({ type: frameTypes.settings, flags: 0, stream: 0, payload: Buffer.alloc(0) }),
])
const requestHeaders = headerBlock({ ':path': '/a.B/Echo', ...grpcHeaders })
const headersFrame = (stream: number, payload = requestHeaders, flags: number = frameFlags.endHeaders) =>
  frame({ type: frameTypes.headers, flags, stream, payload })
const dataFrame = (stream: number, payload: Buffer, flags: number = frameFlags.endStream) =>
  frame({ type: frameTypes.data, flags, stream, payload })

/** The frames that come until one of that type does, or the end. */
async function framesUntil(socket: Socket, type: number): Promise<{ type: number; payload: Buffer }[]> {
  const frames: { type: number; payload: Buffer }[] = []
  const reader = new FrameReader()
  for await (const chunk of socket) {
    reader.push(chunk, (one) => frames.push(one))
    if (frames.some((one) => one.type === type)) break
  }
  return frames
}

async function raw(to: Transport = transport): Promise<Socket> {
  const socket = connect(Number(to.port), '127.0.0.1')
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

test('a request is read however it is cut', async () => {
  const priority = Buffer.concat([
    Buffer.of(1),
    Buffer.alloc(5),
    requestHeaders.subarray(0, 20),
    Buffer.of(0),
  ])
  const request = Buffer.concat([
    greeting,
    headersFrame(1, priority, frameFlags.padded | frameFlags.priority),
    frame({ type: frameTypes.continuation, flags: 0, stream: 1, payload: requestHeaders.subarray(20, 30) }),
    frame({ type: frameTypes.continuation, flags: 4, stream: 1, payload: requestHeaders.subarray(30) }),
    dataFrame(1, Buffer.concat([Buffer.of(2), Buffer.of(0, 0), Buffer.of(0, 0)]), frameFlags.padded),
    frame({ type: 77, flags: 0, stream: 1, payload: Buffer.of(1, 2) }),
    dataFrame(1, Buffer.of(0, 0, 2, 8), 0),
    dataFrame(1, Buffer.of(9)),
  ])
  const socket = await raw()
  for (const byte of request) {
    socket.write(Buffer.of(byte))
    await new Promise(setImmediate)
  }
  const frames = await framesUntil(socket, frameTypes.data)
  expect(frames.at(-1)?.payload ?? frames.find(({ type }) => type === 0)?.payload).toBeDefined()
  expect(frames.find(({ type }) => type === frameTypes.data)?.payload).toEqual(prefixed(Buffer.of(8, 9)))
})

test('a ping is answered with what it carries', async () => {
  const socket = await raw()
  const payload = Buffer.from('12345678')
  socket.write(Buffer.concat([greeting, frame({ type: frameTypes.ping, flags: 0, stream: 0, payload })]))
  const frames = await framesUntil(socket, frameTypes.ping)
  expect(frames.find(({ type }) => type === frameTypes.ping)?.payload).toEqual(payload)
})

test('more requests at once than allowed are refused, to be sent again', async () => {
  waiting.length = 0
  const small = await open({ channel: { ...usualChannelSettings, maxStreams: 1 } })
  const socket = await raw(small)
  const headers = headerBlock({ ':path': '/a.B/Wait', ...grpcHeaders })
  socket.write(
    Buffer.concat([
      greeting,
      headersFrame(1, headers),
      dataFrame(1, prefixed(Buffer.of(1))),
      headersFrame(3),
    ]),
  )
  const frames = await framesUntil(socket, frameTypes.rstStream)
  expect(frames.find(({ type }) => type === frameTypes.rstStream)?.payload).toEqual(
    Buffer.of(0, 0, 0, errorCodes.refusedStream),
  )
  await small.close(0)
})

const settingsFrame = (setting: number, value: number) => {
  const payload = Buffer.alloc(6)
  payload.writeUInt32BE(value, payload.writeUInt16BE(setting))
  return frame({ type: frameTypes.settings, flags: 0, stream: 0, payload })
}
const windowUpdate = (stream: number, byteCount: number) => {
  const payload = Buffer.alloc(4)
  payload.writeUInt32BE(byteCount)
  return frame({ type: frameTypes.windowUpdate, flags: 0, stream, payload })
}

test.each([
  ['another protocol', Buffer.from('GET / HTTP/1.1\r\nhost: a\r\n\r\n'), errorCodes.protocolError],
  [
    'a frame too large',
    Buffer.concat([greeting, Buffer.of(255, 255, 255, 0, 0, 0, 0, 0, 1)]),
    errorCodes.frameSizeError,
  ],
  ['data of no request', Buffer.concat([greeting, dataFrame(1, Buffer.of(1))]), errorCodes.protocolError],
  ['a stream of the server', Buffer.concat([greeting, headersFrame(2)]), errorCodes.protocolError],
  [
    'headers that are no headers',
    Buffer.concat([greeting, headersFrame(1, Buffer.of(0xff))]),
    errorCodes.compressionError,
  ],
  [
    'headers without end',
    Buffer.concat([
      greeting,
      headersFrame(1, Buffer.alloc(16_000), 0),
      ...new Array(20).fill(frame({ type: 9, flags: 0, stream: 1, payload: Buffer.alloc(16_000) })),
    ]),
    errorCodes.enhanceYourCalm,
  ],
  [
    'headers in empty parts without end',
    Buffer.concat([
      greeting,
      headersFrame(1, requestHeaders, 0),
      ...new Array(100).fill(frame({ type: 9, flags: 0, stream: 1, payload: Buffer.alloc(0) })),
    ]),
    errorCodes.enhanceYourCalm,
  ],
  [
    'headers that do not go on',
    Buffer.concat([greeting, headersFrame(1, requestHeaders, 0), dataFrame(1, Buffer.of(1))]),
    errorCodes.protocolError,
  ],
  ['a window too wide', Buffer.concat([greeting, windowUpdate(0, 2 ** 31 - 1)]), errorCodes.flowControlError],
  ['a window that does not change', Buffer.concat([greeting, windowUpdate(0, 0)]), errorCodes.protocolError],
  [
    'a wide initial window for a wide stream',
    Buffer.concat([greeting, headersFrame(1), windowUpdate(1, 2 ** 30), settingsFrame(4, 2 ** 31 - 1)]),
    errorCodes.flowControlError,
  ],
  [
    'more padding than data',
    Buffer.concat([greeting, headersFrame(1), dataFrame(1, Buffer.of(9, 1), frameFlags.padded)]),
    errorCodes.protocolError,
  ],
])('%s ends the connection, and no other', async (_situation, bytes, code) => {
  const other = session()
  const socket = await raw()
  socket.write(bytes)
  const frames = await framesUntil(socket, frameTypes.goAway)
  const last = frames.find(({ type }) => type === frameTypes.goAway)
  expect(last?.payload.readUInt32BE(4)).toBe(code)
  expect(statusOf(await ask(other, '/a.B/Echo', prefixed(Buffer.of(1))))).toBe('0')
  other.close()
})
