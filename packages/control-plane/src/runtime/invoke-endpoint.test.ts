import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import {
  Agent,
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { sagemakerRuntime } from '@sagebrush/api'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { dispatcher } from '../http/dispatch.ts'
import { HttpServer } from '../http/http-server.ts'
import { mount } from '../http/mount.ts'
import type { EndpointRecord } from '../resources/endpoint/record.ts'
import type { Collection } from '../store/collection.ts'
import { openDatabase, type SqliteDatabase } from '../store/sqlite.ts'
import { sqliteCollection } from '../store/sqlite-collection.ts'
import { InstanceClient } from './instance-client.ts'
import { runtimeHandlers } from './runtime-handlers.ts'

const payloadLimitBytes = 1_000_000
const now = new Date()
const agent = new Agent({ keepAlive: true })

let directory: string
let database: SqliteDatabase
let endpoints: Collection<EndpointRecord>
let client: InstanceClient
let server: HttpServer
let container: Server
/** What the container does with a request. */
let behave: (request: IncomingMessage, response: ServerResponse) => unknown
let connections = 0

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sagebrush-runtime-'))
  database = openDatabase(directory)
  endpoints = sqliteCollection<EndpointRecord>(database, 'endpoints')
})
afterAll(async () => {
  agent.destroy()
  database.close()
  await rm(directory, { recursive: true })
})
beforeEach(async () => {
  behave = echo
  connections = 0
  container = createServer((asked, answer) => behave(asked, answer))
  container.on('connection', () => connections++)
  container.listen(0, '127.0.0.1')
  await once(container, 'listening')
  client = new InstanceClient()
  const handlers = runtimeHandlers({ endpoints, client, payloadLimitBytes, timeoutMillis: 300 })
  server = await HttpServer.listen({
    host: '127.0.0.1',
    port: 0,
    onError: () => {},
    answer: dispatcher({
      mounts: [mount(sagemakerRuntime, handlers)],
      authentication: { mode: 'none', secretOf: () => undefined, now: () => now, heldBodyLimitBytes: 1 },
      account: '123456789012',
      defaultRegion: 'us-west-2',
      newRequestId: () => 'request-1',
      onFailure: ({ error }) => console.error(error),
    }),
  })
  await putEndpoint('e', { address: addressOf(container) })
})
afterEach(async () => {
  client[Symbol.dispose]()
  await server[Symbol.asyncDispose]()
  container.closeAllConnections()
  container.close()
  for (const { value } of await endpoints.list()) await endpoints.delete(value.name)
})

const addressOf = (listening: Server) => `127.0.0.1:${(listening.address() as AddressInfo).port}`

async function echo(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
  answer.setHeader('content-type', asked.headers['content-type'] ?? 'none')
  answer.end(await text(asked))
}

function closeAfter(asked: IncomingMessage, bytes: number): void {
  let read = 0
  asked.on('data', (piece: Buffer) => {
    read += piece.length
    if (read >= bytes) asked.socket.destroy()
  })
}

async function putEndpoint(
  name: string,
  {
    address,
    status = 'InService',
    variant = {},
  }: {
    address?: string
    status?: EndpointRecord['status']
    variant?: Partial<EndpointRecord['variant']>
  },
): Promise<void> {
  await endpoints.create({
    name,
    arn: `arn:aws:sagemaker:us-west-2:123456789012:endpoint/${name}`,
    tags: [],
    region: 'us-west-2',
    account: '123456789012',
    createdAt: now,
    modifiedAt: now,
    status,
    request: { EndpointConfigName: 'c' },
    variant: {
      name: 'AllTraffic',
      weight: 1,
      modelName: 'm',
      image: 'i',
      instanceType: 't',
      environment: {},
      ...variant,
    },
    instance: {
      groupId: `serve-${name}-1`,
      id: 'i-1',
      assignedAt: now,
      notBefore: now,
      failures: 0,
      startedAt: now,
      ...(address ? { address } : {}),
    },
  })
}

interface Call {
  readonly endpoint?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

function begin({ endpoint = 'e', headers = {} }: Call = {}) {
  return request({
    agent,
    port: server.port,
    method: 'POST',
    path: `/endpoints/${endpoint}/invocations`,
    headers: { 'content-type': 'application/json', ...headers },
  })
}

async function invoke(call: Call = {}) {
  const asked = begin(call)
  asked.end(call.body ?? '[1]')
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  return { status: answer.statusCode, headers: answer.headers, body: await text(answer) }
}

test('what the container answers comes back, with the variant that answered', async () => {
  behave = (asked, answer) => {
    asked.resume()
    answer.setHeader('content-type', 'text/csv')
    answer.setHeader('x-amzn-sagemaker-custom-attributes', 'trace=1')
    answer.end('0.5')
  }
  const { status, headers, body } = await invoke()
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
  behave = (asked, answer) => {
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
  expect((await invoke({ headers, body: '\u0000é' })).body).toBe('\u0000é')
  const { host, connection, 'transfer-encoding': encoding, 'content-length': length, ...named } = seen
  expect({ host, connection, framing: encoding ?? length }).toEqual({
    host: addressOf(container),
    connection: 'keep-alive',
    framing: expect.stringMatching(/^(chunked|3)$/),
  })
  const { authorization, cookie, ...given } = headers
  expect(named).toEqual(given)
})

test('a request is streamed to the container as it comes, and its answer likewise', async () => {
  behave = async (asked, answer) => {
    for await (const piece of asked) answer.write(piece)
    answer.end()
  }
  const asked = begin()
  asked.write('one ')
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  const pieces = answer[Symbol.asyncIterator]()
  expect(String((await pieces.next()).value)).toBe('one ')
  asked.end('two')
  expect(String((await pieces.next()).value)).toBe('two')
  expect((await pieces.next()).done).toBe(true)
})

test('connections to the container are kept', async () => {
  for (let times = 0; times < 5; times++) await invoke()
  expect(connections).toBe(1)
})

test.each([
  ['short', 100_000, 200],
  ['too long to be kept', 500_000, 424],
])('a %s request meets a kept connection that the container is just closing', async (_, length, status) => {
  const used = new WeakSet<object>()
  behave = (asked, answer) => {
    if (used.has(asked.socket)) return closeAfter(asked, Math.min(length, 300_000))
    used.add(asked.socket)
    return echo(asked, answer)
  }
  await invoke()
  const body = 'x'.repeat(length)
  const answer = await invoke({ body })
  expect(answer.status).toBe(status)
  if (status === 200) expect(answer.body).toBe(body)
})

test.each([
  [400, 'client', 'CLIENT_ERROR_FROM_MODEL'],
  [404, 'client', 'CLIENT_ERROR_FROM_MODEL'],
  [500, 'server', 'INTERNAL_FAILURE_FROM_MODEL'],
  [503, 'server', 'INTERNAL_FAILURE_FROM_MODEL'],
])('a container that answers %i makes a ModelError of a %s error', async (code, kind, ErrorCode) => {
  behave = (asked, answer) => {
    asked.resume()
    answer.writeHead(code, { 'content-type': 'application/json' })
    answer.end('{"error": "Malformed request"}')
  }
  const { status, headers, body } = await invoke()
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
  behave = (asked, answer) => {
    asked.resume()
    answer.writeHead(500).end('x'.repeat(1_000_000))
  }
  const told = JSON.parse((await invoke()).body)
  expect(told.message).toHaveLength(2048)
  expect(told.Message).toBe(told.message)
  expect(told.message).toMatch(
    /x". See \/aws\/sagemaker\/Endpoints\/e in account 123456789012 for more information\.$/,
  )
  expect(told.OriginalMessage).toHaveLength(2048)
})

const timedOut =
  /^Received server error \(0\) from primary with message "Your invocation timed out while waiting/
const broke = /^Received server error \(0\) from primary with message "The container closed the connection/
test.each<[string, typeof behave, RegExp]>([
  ['does not answer in time', () => {}, timedOut],
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
  behave = behaviour
  const { status, body } = await invoke()
  expect(status).toBe(424)
  expect(JSON.parse(body)).toMatchObject({ message: expect.stringMatching(message), OriginalStatusCode: 0 })
})

test.each<[string, typeof behave]>([
  ['breaks off', (_, answer) => void answer.write('half', () => setImmediate(() => answer.destroy()))],
  ['stalls', (_, answer) => void answer.write('half')],
])('a streamed answer that %s breaks off for the client as well', async (_, behaviour) => {
  behave = behaviour
  await expect(invoke()).rejects.toThrow('aborted')
})

test('a payload over the limit is refused in the words of AWS, and the container never gets it whole', async () => {
  let end: unknown
  behave = (asked, answer) =>
    text(asked).then(
      () => answer.end(),
      (error) => {
        end = error
      },
    )
  const { status, body, headers } = await invoke({ body: 'x'.repeat(payloadLimitBytes + 1) })
  expect(status).toBe(400)
  expect(headers['x-amzn-errortype']).toBe('ValidationError')
  expect(JSON.parse(body).message).toBe(
    "1 validation error detected: Value at 'body' failed to satisfy constraint: Member must have length less than or equal to 1000000",
  )
  for (const deadline = Date.now() + 30_000; !end && Date.now() < deadline; ) await delay(5)
  expect(end).toMatchObject({ message: 'aborted' })
  expect((await invoke({ body: 'x'.repeat(payloadLimitBytes) })).status).toBe(200)
})

test('a client that goes away takes its request at the container along', async () => {
  const gone = new Promise<void>((resolve) => {
    behave = (asked) => void asked.once('close', resolve)
  })
  const asked = begin()
  asked.on('error', () => {})
  asked.write('[1')
  for (const deadline = Date.now() + 30_000; connections === 0 && Date.now() < deadline; ) await delay(5)
  asked.destroy()
  await gone
})

test.each<[string, Call, number, string, string]>([
  [
    'is not there',
    { endpoint: 'x' },
    400,
    'ValidationError',
    'Endpoint x of account 123456789012 not found.',
  ],
  [
    'is being made',
    { endpoint: 'creating' },
    400,
    'ValidationError',
    'Endpoint creating of account 123456789012 not found.',
  ],
  [
    'has no instance just now',
    { endpoint: 'replaced' },
    503,
    'ServiceUnavailable',
    'The service is unavailable. Try your call again: the instance is being replaced.',
  ],
  [
    'has an instance that nobody has yet found gone',
    { endpoint: 'gone' },
    503,
    'ServiceUnavailable',
    'The service is unavailable. Try your call again: the instance is being replaced.',
  ],
  [
    'has one model, and is asked for a certain one',
    { headers: { 'x-amzn-sagemaker-target-model': 'a.tar.gz' } },
    400,
    'ValidationError',
    'Endpoint e is not a multi-model endpoint and does not support target model header.',
  ],
  [
    'has not the variant asked for',
    { headers: { 'x-amzn-sagemaker-target-variant': 'Other' } },
    400,
    'ValidationError',
    'Variant Other of Endpoint e of account 123456789012 not found.',
  ],
  [
    'has no inference components',
    { headers: { 'x-amzn-sagemaker-inference-component': 'ic' } },
    400,
    'ValidationError',
    'Inference Component ic of Endpoint e of account 123456789012 not found.',
  ],
  [
    'has one container, and is asked for a certain one',
    { headers: { 'x-amzn-sagemaker-target-container-hostname': 'h' } },
    400,
    'ValidationError',
    'Endpoint e of account 123456789012 has one container and does not support target container hostname header.',
  ],
])('an endpoint that %s is an error', async (_, call, status, code, message) => {
  await putEndpoint('creating', { status: 'Creating', address: addressOf(container) })
  await putEndpoint('replaced', {})
  await putEndpoint('gone', { address: await closedAddress() })
  const answer = await invoke(call)
  expect(answer.status).toBe(status)
  expect(answer.headers['x-amzn-errortype']).toBe(code)
  expect(JSON.parse(answer.body)).toMatchObject({ message })
})

async function closedAddress(): Promise<string> {
  const closed = createServer().listen(0, '127.0.0.1')
  await once(closed, 'listening')
  const address = addressOf(closed)
  closed.close()
  await once(closed, 'close')
  return address
}

test('the variant may be named', async () => {
  expect((await invoke({ headers: { 'x-amzn-sagemaker-target-variant': 'AllTraffic' } })).status).toBe(200)
})

const multiModel = { prefix: 's3://b/models/', isCaching: true }
const toModel = (target: string) => ({
  endpoint: 'many',
  headers: { 'x-amzn-sagemaker-target-model': target },
})

test('an endpoint of many models gets to know which one is meant', async () => {
  await putEndpoint('many', { address: addressOf(container), variant: { multiModel } })
  behave = (asked, answer) => answer.end(asked.headers['x-amzn-sagemaker-target-model'])
  expect(await invoke(toModel('deep/a.tar.gz'))).toMatchObject({ status: 200, body: 'deep/a.tar.gz' })
})

test('an endpoint of many models must be told which one is meant', async () => {
  await putEndpoint('many', { address: addressOf(container), variant: { multiModel } })
  const answer = await invoke({ endpoint: 'many' })
  expect([answer.status, answer.headers['x-amzn-errortype']]).toEqual([400, 'ValidationError'])
  expect(JSON.parse(answer.body).message).toBe('Request request-1 is missing a target model header.')
})

test.each([
  ['ValidationError', 400, 'ValidationError', 'said'],
  ['ModelNotReadyException', 429, 'ModelNotReadyException', 'said'],
  ['ServiceUnavailable', 503, 'ServiceUnavailable', 'said'],
  ['Other', 424, 'ModelError', 'Received client error (400) from primary with message "said"'],
  [undefined, 424, 'ModelError', 'Received client error (400) from primary with message "said"'],
])('an instance of many models that speaks of %s', async (said, status, code, message) => {
  await putEndpoint('many', { address: addressOf(container), variant: { multiModel } })
  behave = (_asked, answer) =>
    answer.writeHead(400, said === undefined ? {} : { 'x-sagebrush-error': said }).end('said')
  const answer = await invoke(toModel('a'))
  expect([answer.status, answer.headers['x-amzn-errortype']]).toEqual([status, code])
  expect(JSON.parse(answer.body).message).toContain(message)
})

test('a container of one model cannot speak for the platform', async () => {
  behave = (_asked, answer) => answer.writeHead(400, { 'x-sagebrush-error': 'ValidationError' }).end('said')
  expect((await invoke()).status).toBe(424)
})
