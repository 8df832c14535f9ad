import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { backoffMillis, createClient } from './client.ts'
import { ApiError } from './errors.ts'
import { type Bytes, bytesOf, readAll } from './http.ts'
import { ConnectionError } from './http-send.ts'
import { s3, sagemaker, sagemakerRuntime } from './index.ts'

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' }
interface Seen {
  readonly line: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}
type Answer = (request: IncomingMessage, response: ServerResponse, attempt: number) => unknown

describe('createClient', () => {
  let server: Server
  let endpoint: string
  let answer: Answer
  let seen: Seen[]

  beforeEach(async () => {
    seen = []
    answer = (_, response) => response.end('{}')
    server = createServer((request, response) => void serve(request, response)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterEach(async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })

  /** Answers after the whole request is here; a broken one has no answer. */
  async function serve(request: IncomingMessage, response: ServerResponse) {
    const body = await readAll(request, 100_000_000).catch(() => undefined)
    if (!body) return
    seen.push({ line: `${request.method} ${request.url}`, headers: request.headers, body: body.toString() })
    answer(request, response, seen.length)
  }

  const client = (more: { attempts?: number; silenceSeconds?: number } = {}) =>
    createClient(sagemaker, { endpoint, region: 'us-west-2', credentials, ...more })
  const objects = () => createClient(s3, { endpoint, region: 'us-west-2', credentials })

  it('sends a signed call and gives the typed output', async () => {
    answer = (_, response) => response.end('{"EndpointArn":"arn:e"}')
    const output = await client().CreateEndpoint({ EndpointName: 'e', EndpointConfigName: 'c' })
    expect(output.EndpointArn).toBe('arn:e')
    expect(seen).toHaveLength(1)
    expect(seen[0]).toMatchObject({
      line: 'POST /',
      body: '{"EndpointName":"e","EndpointConfigName":"c"}',
      headers: {
        'x-amz-target': 'SageMaker.CreateEndpoint',
        'content-type': 'application/x-amz-json-1.1',
        'content-length': '45',
        authorization: expect.stringMatching(
          /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/us-west-2\/sagemaker\//,
        ),
      },
    })
  })

  it('does not sign without credentials', async () => {
    await createClient(sagemaker, { endpoint, region: 'us-west-2' }).DeleteEndpoint({ EndpointName: 'e' })
    expect(seen[0]?.headers.authorization).toBeUndefined()
  })

  it('keeps its connection', async () => {
    const connections = new Set<number | undefined>()
    answer = (request, response) => {
      connections.add(request.socket.remotePort)
      response.end('{}')
    }
    const kept = client()
    for (let call = 0; call < 3; call += 1) await kept.DeleteEndpoint({ EndpointName: 'e' })
    expect(connections.size).toBe(1)
  })

  it('rejects with what the server said, after one try', async () => {
    answer = (_, response) => response.writeHead(400).end('{"__type":"ResourceInUse","message":"taken"}')
    await expect(client().DeleteEndpoint({ EndpointName: 'e' })).rejects.toEqual(
      new ApiError({ code: 'ResourceInUse', httpStatus: 400 }, 'taken'),
    )
    expect(seen).toHaveLength(1)
  })

  it.each<[string, Answer]>([
    ['a 500', (_, response) => response.writeHead(500).end()],
    ['a 503', (_, response) => response.writeHead(503).end('{"__type":"ServiceUnavailable"}')],
    ['throttling', (_, response) => response.writeHead(400).end('{"__type":"ThrottlingException"}')],
    ['a connection that breaks', (request) => request.socket.destroy()],
    [
      'an answer that breaks off',
      (request, response) => {
        response.writeHead(200, { 'content-length': '100' }).write('{', () => request.socket.destroy())
      },
    ],
  ])('tries again after %s', async (_, failure) => {
    answer = (request, response, attempt) =>
      attempt < 3 ? failure(request, response, attempt) : response.end('{}')
    await client().DeleteEndpoint({ EndpointName: 'e' })
    expect(seen.map(({ body }) => body)).toEqual(Array(3).fill('{"EndpointName":"e"}'))
  })

  it('gives up after its attempts', async () => {
    answer = (_, response) => response.writeHead(500).end('{"__type":"InternalFailure","message":"m"}')
    await expect(client({ attempts: 2 }).DeleteEndpoint({ EndpointName: 'e' })).rejects.toThrow('m')
    expect(seen).toHaveLength(2)
  })

  it('tells which server is not there', async () => {
    const free = createServer().listen(0, '127.0.0.1')
    await once(free, 'listening')
    const port = (free.address() as AddressInfo).port
    free.close()
    await once(free, 'close')
    const lost = createClient(sagemaker, {
      endpoint: `http://127.0.0.1:${port}`,
      region: 'us-west-2',
      attempts: 1,
    })
    const error = await lost.DeleteEndpoint({ EndpointName: 'e' }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ConnectionError)
    expect(String(error)).toContain(`no answer from http://127.0.0.1:${port}: connect ECONNREFUSED`)
  })

  it('hangs up on a server that is silent', async () => {
    answer = () => undefined
    const hasty = client({ attempts: 1, silenceSeconds: 0.05 })
    await expect(hasty.DeleteEndpoint({ EndpointName: 'e' })).rejects.toThrow('silent for 0.05 seconds')
  })

  it('hangs up on a server that falls silent in the middle', async () => {
    answer = (_, response) => response.writeHead(200, { 'content-length': '100' }).write('{')
    const hasty = client({ attempts: 1, silenceSeconds: 0.05 })
    await expect(hasty.DeleteEndpoint({ EndpointName: 'e' })).rejects.toBeInstanceOf(ConnectionError)
  })

  it('ends with the reason of its signal, in a call and between two', async () => {
    const controller = new AbortController()
    const reason = new Error('enough')
    answer = () => controller.abort(reason)
    const call = client().DeleteEndpoint({ EndpointName: 'e' }, { signal: controller.signal })
    await expect(call).rejects.toBe(reason)
    const later = client().DeleteEndpoint({ EndpointName: 'e' }, { signal: controller.signal })
    await expect(later).rejects.toBe(reason)
    expect(seen).toHaveLength(1)
  })

  it('sends a held body with its hash, and again', async () => {
    answer = (_, response, attempt) => response.writeHead(attempt === 1 ? 503 : 200).end()
    await objects().PutObject({ Bucket: 'b', Key: 'a//b/../c d', Body: bytesOf('hello') })
    expect(seen.map(({ line, body }) => [line, body])).toEqual(
      Array(2).fill(['PUT /b/a//b/../c%20d', 'hello']),
    )
    expect(seen[1]?.headers['x-amz-content-sha256']).toBe(
      '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
    )
  })

  it('sends a stream once, unsigned, with its length where it is told', async () => {
    answer = (_, response) => response.writeHead(503).end('<Error><Code>SlowDown</Code></Error>')
    const put = objects().PutObject({
      Bucket: 'b',
      Key: 'k',
      Body: repeat('0123456789', 3),
      ContentLength: 30,
    })
    await expect(put).rejects.toMatchObject({ code: 'SlowDown' })
    expect(seen).toHaveLength(1)
    expect(seen[0]?.body).toBe('0123456789'.repeat(3))
    expect(seen[0]?.headers).toMatchObject({
      'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
      'content-length': '30',
    })
  })

  it('sends a stream of unknown length in chunks', async () => {
    const runtime = createClient(sagemakerRuntime, { endpoint, region: 'us-west-2', credentials })
    await runtime.InvokeEndpoint({ EndpointName: 'e', Body: repeat('a', 3) })
    expect(seen[0]).toMatchObject({ body: 'aaa', headers: { 'transfer-encoding': 'chunked' } })
  })

  it('fails when its own stream fails, and the server sees no whole request', async () => {
    const broken = (async function* () {
      yield Buffer.from('a')
      throw new Error('the disk is gone')
    })()
    const put = objects().PutObject({ Bucket: 'b', Key: 'k', Body: broken, ContentLength: 5 })
    await expect(put).rejects.toThrow('the disk is gone')
    expect(seen).toHaveLength(0)
  })

  it('stops sending to a server that has refused', async () => {
    server.removeAllListeners('request').on('request', (_, response: ServerResponse) => {
      response.writeHead(403).end('<Error><Code>AccessDenied</Code><Message>no</Message></Error>')
    })
    let given = 0
    const endless = (async function* () {
      for (;;) {
        given += 1
        yield Buffer.alloc(65_536)
      }
    })()
    const put = objects().PutObject({ Bucket: 'b', Key: 'k', Body: endless, ContentLength: 10_000_000_000 })
    await expect(put).rejects.toMatchObject({ code: 'AccessDenied', httpStatus: 403 })
    expect(given).toBeLessThan(1000)
  })

  it('gives a payload as a stream, no faster than it is read', async () => {
    const chunk = Buffer.alloc(65_536, 'x')
    let written = 0
    answer = async (_, response) => {
      response.writeHead(200, { 'content-length': String(chunk.length * 1000), etag: '"e"' })
      for (; written < 1000; written += 1) if (!response.write(chunk)) await once(response, 'drain')
      response.end()
    }
    const output = await objects().GetObject({ Bucket: 'b', Key: 'k' })
    expect(output).toMatchObject({ ContentLength: chunk.length * 1000, ETag: '"e"' })
    const iterator = output.Body?.[Symbol.asyncIterator]()
    await iterator?.next()
    expect(written).toBeLessThan(900)
    let sizeBytes = 0
    for (let next = await iterator?.next(); next && !next.done; next = await iterator?.next())
      sizeBytes += next.value.length
    expect(written).toBe(1000)
    expect(sizeBytes).toBeGreaterThan(chunk.length * 990)
  })

  it('hangs up when a stream is left half read', async () => {
    let closed: Promise<unknown> | undefined
    answer = (_, response) => {
      closed = once(response, 'close')
      response.writeHead(200, { 'content-length': '1000000000' }).write('abc')
    }
    const { Body } = await objects().GetObject({ Bucket: 'b', Key: 'k' })
    for await (const _ of Body ?? bytesOf()) break
    await closed
  })

  it('tells a payload that breaks off', async () => {
    answer = (request, response) => {
      response.writeHead(200, { 'content-length': '1000' }).write('abc', () => request.socket.destroy())
    }
    const { Body } = await objects().GetObject({ Bucket: 'b', Key: 'k' })
    await expect(readAll(Body ?? bytesOf(), 10_000)).rejects.toBeInstanceOf(ConnectionError)
  })

  it('reads an answer to HEAD, and its errors', async () => {
    answer = (_, response) => response.writeHead(200, { 'content-length': '5' }).end()
    expect(await objects().HeadObject({ Bucket: 'b', Key: 'k' })).toMatchObject({ ContentLength: 5 })
    answer = (_, response) => response.writeHead(404).end()
    await expect(objects().HeadObject({ Bucket: 'b', Key: 'k' })).rejects.toMatchObject({ code: 'NotFound' })
  })

  it('uses another transport where it is given one', async () => {
    const output = await createClient(sagemaker, {
      endpoint: 'http://nowhere.invalid',
      region: 'us-west-2',
      send: async ({ headers }) => ({
        status: 200,
        headers: new Headers(),
        body: bytesOf(JSON.stringify({ EndpointArn: headers.get('host') })),
      }),
    }).CreateEndpoint({ EndpointName: 'e', EndpointConfigName: 'c' })
    expect(output.EndpointArn).toBe('nowhere.invalid')
    expect(seen).toHaveLength(0)
  })
})

describe('backoffMillis', () => {
  it.each([
    [1, 0, 50],
    [1, 0.999, 99.95],
    [3, 0.5, 300],
    [20, 0, 2500],
  ])('waits longer with every attempt: %i, %d → %d', (attempt, random, millis) => {
    expect(backoffMillis(attempt, random)).toBeCloseTo(millis)
  })
})

async function* repeat(text: string, times: number): Bytes {
  for (let count = 0; count < times; count += 1) yield Buffer.from(text)
}
