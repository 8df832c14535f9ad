import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Behaviour, type InvocationBed, openInvocationBed } from './testing/invocation-bed.ts'

let bed: InvocationBed
beforeEach(async () => {
  bed = await openInvocationBed()
})
afterEach(() => bed[Symbol.asyncDispose]())

test.each([
  [400, 'client', 'CLIENT_ERROR_FROM_MODEL'],
  [404, 'client', 'CLIENT_ERROR_FROM_MODEL'],
  [500, 'server', 'INTERNAL_FAILURE_FROM_MODEL'],
  [503, 'server', 'INTERNAL_FAILURE_FROM_MODEL'],
])('a container that answers %i makes a ModelError of a %s error', async (code, kind, ErrorCode) => {
  bed.behave = (asked, answer) => {
    asked.resume()
    answer.writeHead(code, { 'content-type': 'application/json' })
    answer.end('{"error": "Malformed request"}')
  }
  const { status, headers, body } = await bed.invoke()
  expect(status).toBe(424)
  expect(headers['x-amzn-errortype']).toBe('ModelError')
  expect(JSON.parse(body)).toMatchObject({
    ErrorCode,
    message: `Received ${kind} error (${code}) from primary with message "{"error": "Malformed request"}". See /aws/sagemaker/Endpoints/e in account 123456789012 for more information.`,
    OriginalStatusCode: code,
    OriginalMessage: '{"error": "Malformed request"}',
    LogStreamArn:
      'arn:aws:logs:us-west-2:123456789012:log-group:/aws/sagemaker/Endpoints/e:log-stream:AllTraffic/i-1',
  })
})

test('a long error of the container is cut to what a message may hold', async () => {
  bed.behave = (asked, answer) => {
    asked.resume()
    answer.writeHead(500).end('x'.repeat(1_000_000))
  }
  const told = JSON.parse((await bed.invoke()).body)
  expect(told.message).toHaveLength(2048)
  expect(told.Message).toBe(told.message)
  expect(told.message).toMatch(
    /x". See \/aws\/sagemaker\/Endpoints\/e in account 123456789012 for more information\.$/,
  )
  expect(told.OriginalMessage).toHaveLength(2048)
})

const broke = /^Received server error \(0\) from primary with message "The container closed the connection/
test.each<[string, Behaviour, RegExp]>([
  ['goes away before it answers', (asked) => asked.socket.destroy(), broke],
  [
    'goes away in the middle of a short answer',
    (_, answer) => {
      answer.writeHead(200, { 'content-length': 10 }).write('half')
      setImmediate(() => answer.destroy())
    },
    broke,
  ],
])('a container that %s makes a ModelError', async (_, behaviour, message) => {
  bed.behave = behaviour
  const { status, body } = await bed.invoke()
  expect(status).toBe(424)
  expect(JSON.parse(body)).toMatchObject({ message: expect.stringMatching(message), OriginalStatusCode: 0 })
})

test('a container that does not answer in time makes a ModelError', async () => {
  await using impatient = await openInvocationBed({ timeoutMillis: 50 })
  impatient.behave = () => {}
  const { status, body } = await impatient.invoke()
  expect(status).toBe(424)
  expect(JSON.parse(body).message).toMatch(
    /^Received server error \(0\) from primary with message "Your invocation timed out while waiting/,
  )
})

test('a streamed answer that breaks off does so for the client as well', async () => {
  bed.behave = (_, answer) => answer.write('half', () => setImmediate(() => answer.destroy()))
  await expect(bed.invoke()).rejects.toThrow('aborted')
})

test('a streamed answer that stalls breaks off for the client', async () => {
  await using impatient = await openInvocationBed({ timeoutMillis: 2000 })
  impatient.behave = (_, answer) => answer.write('half')
  await expect(impatient.invoke()).rejects.toThrow('aborted')
})

test('a container of one model cannot speak for the platform', async () => {
  bed.behave = (_asked, answer) =>
    answer.writeHead(400, { 'x-sagebrush-error': 'ValidationError' }).end('said')
  expect((await bed.invoke()).status).toBe(424)
})
