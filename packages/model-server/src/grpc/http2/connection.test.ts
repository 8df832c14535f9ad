import { afterAll, beforeAll, expect, test } from 'vitest'
import { ask, eventually, openEcho, sessionWith, statusOf, waiting } from '../testing/echo-transport.ts'
import {
  connectRaw,
  dataFrame,
  framesUntil,
  greeting,
  headersFrame,
  requestHeaders,
  settingFrame,
  windowUpdate,
} from '../testing/raw-frames.ts'
import { usualChannelSettings } from '../transport/channel-arguments.ts'
import { prefixed } from '../transport/prefixed-messages.ts'
import type { Transport } from '../transport/transport.ts'
import { errorCodes, frame, frameFlags, frameTypes } from './frames.ts'

let transport: Transport
beforeAll(async () => {
  transport = await openEcho()
})
afterAll(() => transport.close(0))

test('a request is read however it is cut', async () => {
  const block = requestHeaders()
  const priority = Buffer.concat([Buffer.of(1), Buffer.alloc(5), block.subarray(0, 20), Buffer.of(0)])
  const request = Buffer.concat([
    greeting,
    headersFrame(1, priority, frameFlags.padded | frameFlags.priority),
    frame({ type: frameTypes.continuation, flags: 0, stream: 1, payload: block.subarray(20, 30) }),
    frame({ type: frameTypes.continuation, flags: 4, stream: 1, payload: block.subarray(30) }),
    dataFrame(1, Buffer.concat([Buffer.of(2), Buffer.of(0, 0), Buffer.of(0, 0)]), frameFlags.padded),
    frame({ type: 77, flags: 0, stream: 1, payload: Buffer.of(1, 2) }),
    dataFrame(1, Buffer.of(0, 0, 2, 8), 0),
    dataFrame(1, Buffer.of(9)),
  ])
  const socket = await connectRaw(transport)
  for (const byte of request) {
    socket.write(Buffer.of(byte))
    await new Promise(setImmediate)
  }
  const frames = await framesUntil(socket, frameTypes.data)
  expect(frames.at(-1)?.payload ?? frames.find(({ type }) => type === 0)?.payload).toBeDefined()
  expect(frames.find(({ type }) => type === frameTypes.data)?.payload).toEqual(prefixed(Buffer.of(8, 9)))
})

test('a ping is answered with what it carries', async () => {
  const socket = await connectRaw(transport)
  const payload = Buffer.from('12345678')
  socket.write(Buffer.concat([greeting, frame({ type: frameTypes.ping, flags: 0, stream: 0, payload })]))
  const frames = await framesUntil(socket, frameTypes.ping)
  expect(frames.find(({ type }) => type === frameTypes.ping)?.payload).toEqual(payload)
})

test('more requests at once than allowed are refused, to be sent again', async () => {
  waiting.length = 0
  const small = await openEcho({ channel: { ...usualChannelSettings, maxStreams: 1 } })
  const socket = await connectRaw(small)
  const headers = requestHeaders('/a.B/Wait')
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

test('frames of one client that last too long leave room for the others', async () => {
  const order: string[] = []
  const blocking = await openEcho({
    methods: {
      unary: new Map([
        [
          '/a.B/Block',
          async (bytes: Uint8Array) => {
            const end = performance.now() + 5
            while (performance.now() < end);
            order.push(String(bytes))
            return bytes
          },
        ],
      ]),
      streams: new Map(),
    },
  })
  const [eager, other] = [await connectRaw(blocking), await connectRaw(blocking)]
  const call = (stream: number, text: string): Buffer[] => [
    headersFrame(stream, requestHeaders('/a.B/Block')),
    dataFrame(stream, prefixed(Buffer.from(text))),
  ]
  for (const socket of [eager, other]) socket.write(greeting)
  for (const socket of [eager, other]) {
    for await (const _ of socket.iterator({ destroyOnReturn: false })) break
  }
  eager.write(Buffer.concat(Array.from({ length: 50 }, (_, index) => call(2 * index + 1, 'eager')).flat()))
  other.write(Buffer.concat(call(1, 'other')))
  await eventually(() => expect(order).toHaveLength(51))
  expect(order.indexOf('other')).toBeLessThan(40)
  for (const socket of [eager, other]) socket.destroy()
  await blocking.close(0)
})

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
      headersFrame(1, requestHeaders(), 0),
      ...new Array(100).fill(frame({ type: 9, flags: 0, stream: 1, payload: Buffer.alloc(0) })),
    ]),
    errorCodes.enhanceYourCalm,
  ],
  [
    'headers that do not go on',
    Buffer.concat([greeting, headersFrame(1, requestHeaders(), 0), dataFrame(1, Buffer.of(1))]),
    errorCodes.protocolError,
  ],
  [
    'settings without end',
    Buffer.concat([greeting, ...new Array(1000).fill(settingFrame(4, 1))]),
    errorCodes.enhanceYourCalm,
  ],
  ['a window too wide', Buffer.concat([greeting, windowUpdate(0, 2 ** 31 - 1)]), errorCodes.flowControlError],
  ['a window that does not change', Buffer.concat([greeting, windowUpdate(0, 0)]), errorCodes.protocolError],
  [
    'a wide initial window for a wide stream',
    Buffer.concat([greeting, headersFrame(1), windowUpdate(1, 2 ** 30), settingFrame(4, 2 ** 31 - 1)]),
    errorCodes.flowControlError,
  ],
  [
    'more padding than data',
    Buffer.concat([greeting, headersFrame(1), dataFrame(1, Buffer.of(9, 1), frameFlags.padded)]),
    errorCodes.protocolError,
  ],
])('%s ends the connection, and no other', async (_situation, bytes, code) => {
  const other = sessionWith(transport)
  const socket = await connectRaw(transport)
  socket.write(bytes)
  const frames = await framesUntil(socket, frameTypes.goAway)
  const last = frames.find(({ type }) => type === frameTypes.goAway)
  expect(last?.payload.readUInt32BE(4)).toBe(code)
  expect(statusOf(await ask(other, '/a.B/Echo', prefixed(Buffer.of(1))))).toBe('0')
  other.close()
})
