import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { echo, type InvocationBed, openInvocationBed, payloadLimitBytes } from './testing/invocation-bed.ts'

let bed: InvocationBed
beforeEach(async () => {
  bed = await openInvocationBed()
})
afterEach(() => bed[Symbol.asyncDispose]())

test('what the container answers comes back, with the variant that answered', async () => {
  bed.behave = (asked, answer) => {
    asked.resume()
    answer.setHeader('content-type', 'text/csv')
    answer.setHeader('x-amzn-sagemaker-custom-attributes', 'trace=1')
    answer.end('0.5')
  }
  const { status, headers, body } = await bed.invoke()
  expect({ status, body }).toEqual({ status: 200, body: '0.5' })
  expect(headers).toMatchObject({
    'content-type': 'text/csv',
    'content-length': '3',
    'x-amzn-invoked-production-variant': 'AllTraffic',
    'x-amzn-sagemaker-custom-attributes': 'trace=1',
    'x-amzn-requestid': 'request-1',
  })
})

test('the container gets the body and the headers that SageMaker names, and no others', async () => {
  let seen: IncomingMessage['headers'] = {}
  bed.behave = (asked, answer) => {
    seen = asked.headers
    return echo(asked, answer)
  }
  const headers = {
    'content-type': 'application/x-npy',
    accept: 'text/csv',
    'x-amzn-sagemaker-custom-attributes': 'tfs-model-name=m',
    'x-amzn-sagemaker-inference-id': 'id-1',
    authorization: 'secret',
    cookie: 'secret',
  }
  expect((await bed.invoke({ headers, body: '\u0000é' })).body).toBe('\u0000é')
  const { host, connection, 'transfer-encoding': encoding, 'content-length': length, ...named } = seen
  expect({ host, connection, framing: encoding ?? length }).toEqual({
    host: bed.containerAddress,
    connection: 'keep-alive',
    framing: expect.stringMatching(/^(chunked|3)$/),
  })
  const { authorization, cookie, ...given } = headers
  expect(named).toEqual(given)
})

test('a request is streamed to the container as it comes, and its answer likewise', async () => {
  bed.behave = async (asked, answer) => {
    for await (const piece of asked) answer.write(piece)
    answer.end()
  }
  const asked = bed.begin()
  asked.write('one ')
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  const pieces = answer[Symbol.asyncIterator]()
  expect(String((await pieces.next()).value)).toBe('one ')
  asked.end('two')
  expect(String((await pieces.next()).value)).toBe('two')
  expect((await pieces.next()).done).toBe(true)
})

test('connections to the container are kept', async () => {
  for (let times = 0; times < 5; times++) await bed.invoke()
  expect(bed.connections).toBe(1)
})

test.each([
  ['short', 100_000, 200],
  ['too long to be kept', 500_000, 424],
])('a %s request meets a kept connection that the container is just closing', async (_, length, status) => {
  const used = new WeakSet<object>()
  bed.behave = (asked, answer) => {
    if (used.has(asked.socket)) return closeAfter(asked, Math.min(length, 300_000))
    used.add(asked.socket)
    return echo(asked, answer)
  }
  await bed.invoke()
  const body = 'x'.repeat(length)
  const answer = await bed.invoke({ body })
  expect(answer.status).toBe(status)
  if (status === 200) expect(answer.body).toBe(body)
})

function closeAfter(asked: IncomingMessage, bytes: number): void {
  let read = 0
  asked.on('data', (piece: Buffer) => {
    read += piece.length
    if (read >= bytes) asked.socket.destroy()
  })
}

test('the variant may be named', async () => {
  expect((await bed.invoke({ headers: { 'x-amzn-sagemaker-target-variant': 'AllTraffic' } })).status).toBe(
    200,
  )
})

test('a payload over the limit is refused in the words of AWS, and the container never gets it whole', async () => {
  let end: unknown
  bed.behave = (asked, answer) =>
    text(asked).then(
      () => answer.end(),
      (error) => {
        end = error
      },
    )
  const { status, body, headers } = await bed.invoke({ body: 'x'.repeat(payloadLimitBytes + 1) })
  expect(status).toBe(400)
  expect(headers['x-amzn-errortype']).toBe('ValidationError')
  expect(JSON.parse(body).message).toBe(
    "1 validation error detected: Value at 'body' failed to satisfy constraint: Member must have length less than or equal to 1000000",
  )
  for (const deadline = Date.now() + 30_000; !end && Date.now() < deadline; ) await delay(5)
  expect(end).toMatchObject({ message: 'aborted' })
  expect((await bed.invoke({ body: 'x'.repeat(payloadLimitBytes) })).status).toBe(200)
})

test('a client that goes away takes its request at the container along', async () => {
  const gone = new Promise<void>((resolve) => {
    bed.behave = (asked) => void asked.once('close', resolve)
  })
  const asked = bed.begin()
  asked.on('error', () => {})
  asked.write('[1')
  for (const deadline = Date.now() + 30_000; bed.connections === 0 && Date.now() < deadline; ) await delay(5)
  asked.destroy()
  await gone
})
