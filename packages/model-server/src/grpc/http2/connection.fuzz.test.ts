import { once } from 'node:events'
import { connect } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { prefixed } from '../transport/prefixed-messages.ts'
import { startTransport, type Transport } from '../transport/transport.ts'
import { FrameReader, frame, frameFlags, frameTypes } from './frames.ts'
import { headerBlock } from './response-headers.ts'

let transport: Transport
beforeAll(async () => {
  const methods = {
    unary: new Map([['/a.B/Echo', async (bytes: Uint8Array) => bytes]]),
    streams: new Map([
      [
        '/a.B/Each',
        async function* each(requests: AsyncIterable<Uint8Array>) {
          yield* requests
        },
      ],
    ]),
  }
  transport = await startTransport({ methods, host: '127.0.0.1', port: 0, limitBytes: 1024 * 1024 })
})
afterAll(() => transport.close(0))

const greeting = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
const nothing = Buffer.alloc(0)
const call = (path: string, stream: number): Buffer[] => {
  const payload = headerBlock({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc' })
  const message = prefixed(Buffer.from('hello'))
  return [
    frame({ type: frameTypes.headers, flags: frameFlags.endHeaders, stream, payload }),
    frame({ type: frameTypes.data, flags: 0, stream, payload: message.subarray(0, 3) }),
    frame({ type: frameTypes.data, flags: frameFlags.endStream, stream, payload: message.subarray(3) }),
  ]
}
/** What a client may send, frame by frame. */
const conversation = [
  frame({ type: frameTypes.settings, flags: 0, stream: 0, payload: Buffer.of(0, 4, 0, 0, 0, 100) }),
  ...call('/a.B/Echo', 1),
  frame({ type: frameTypes.windowUpdate, flags: 0, stream: 0, payload: Buffer.of(0, 0, 1, 0) }),
  ...call('/a.B/Each', 3),
  frame({ type: frameTypes.ping, flags: 0, stream: 0, payload: Buffer.alloc(8) }),
  frame({ type: frameTypes.rstStream, flags: 0, stream: 3, payload: Buffer.of(0, 0, 0, 8) }),
  ...call('/a.B/Echo', 5),
]

/** Sends it all and hangs up; resolves once the server has too. */
async function send(bytes: Buffer): Promise<void> {
  const socket = connect(Number(transport.port), '127.0.0.1')
  socket.on('error', () => undefined)
  socket.resume()
  const closed = once(socket, 'close')
  socket.end(bytes)
  await closed
}

async function answers(): Promise<boolean> {
  const socket = connect(Number(transport.port), '127.0.0.1')
  socket.write(Buffer.concat([greeting, ...call('/a.B/Echo', 1)]))
  const reader = new FrameReader()
  let isAnswered = false
  for await (const chunk of socket) {
    reader.push(chunk, ({ type, payload }) => {
      isAnswered ||= type === frameTypes.data && payload.subarray(5).equals(Buffer.from('hello'))
    })
    if (isAnswered) break
  }
  return isAnswered
}

const change = fc.record({ at: fc.nat(), to: fc.nat(255) })
const sent = fc
  .tuple(
    fc.array(fc.nat(conversation.length - 1), { minLength: 1, maxLength: 20 }),
    fc.array(change, { maxLength: 3 }),
  )
  .map(([order, changes]) => {
    const bytes = Buffer.concat(order.map((index) => conversation[index] ?? nothing))
    for (const { at, to } of changes) bytes[at % bytes.length] = to
    return Buffer.concat([greeting, bytes])
  })

test('whatever a client sends, others are answered', async () => {
  await fc.assert(
    fc.asyncProperty(sent, (bytes) => send(bytes)),
    { numRuns: 150 },
  )
  expect(await answers()).toBe(true)
})
