import { EventEmitter, once } from 'node:events'
import { describe, expect, test, vi } from 'vitest'
import { type Face, jsonResponse } from '../faces/http.ts'
import { startEchoServer } from './testing/echo-server.ts'
import { rawClient } from './testing/raw-client.ts'

const get = (target: string, fields = ''): string => `GET ${target} HTTP/1.1\r\nhost: h\r\n${fields}\r\n`
const post = (body: string, fields = ''): string =>
  `POST /p HTTP/1.1\r\nhost: h\r\ncontent-length: ${body.length}\r\n${fields}\r\n${body}`
const bodies = (text: string): string[] =>
  [...text.matchAll(/\r\n\r\n([A-Z]+ [^\r]*?)(?=HTTP|$)/gs)].map(([, body = '']) => body)

/** Answers when it is told to, by target. */
function gatedFace() {
  const gate = new EventEmitter()
  const began: string[] = []
  const face: Face = async ({ target }) => {
    began.push(target)
    await once(gate, target)
    return jsonResponse(200, target)
  }
  return { face, began, open: (target: string) => void gate.emit(target) }
}

describe('A connection', () => {
  test('answers with what a client needs to go on', async () => {
    await using server = await startEchoServer()
    using client = await rawClient(server.port)
    client.send(post('abc'))
    const [head] = (await client.until(/abc$/)).split('\r\n\r\n')
    expect(head?.split('\r\n')).toEqual([
      'HTTP/1.1 200 OK',
      'content-type: text/plain',
      'content-length: 11',
      expect.stringMatching(/^Date: \w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT$/),
      'Connection: keep-alive',
      'Keep-Alive: timeout=75',
    ])
    client.send(get('/again'))
    expect(await client.until(/GET \/again $/)).toContain('GET /again ')
  })

  test('answers requests sent without waiting in their order', async () => {
    await using server = await startEchoServer()
    using client = await rawClient(server.port)
    const count = 500
    client.send(Array.from({ length: count }, (_, index) => post(`n${index};`)).join(''))
    const text = await client.until(new RegExp(`n${count - 1};$`))
    expect([...text.matchAll(/n(\d+);/g)].map(([, index]) => Number(index))).toEqual(
      Array.from({ length: count }, (_, index) => index),
    )
  })

  test('takes a request byte by byte', async () => {
    await using server = await startEchoServer()
    using client = await rawClient(server.port)
    for (const byte of `${post('abc')}POST /c HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n3\r\nxyz\r\n0\r\n\r\n`) {
      client.send(byte)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(bodies(await client.until(/xyz$/))).toEqual(['POST /p abc', 'POST /c xyz'])
  })

  test.each([
    ['HTTP/1.0', 'GET /old HTTP/1.0\r\n\r\n'],
    ['a client that asks for it', get('/old', 'connection: close\r\n')],
  ])('closes after the answer to %s', async (_who, bytes) => {
    await using server = await startEchoServer()
    using client = await rawClient(server.port)
    client.send(bytes + get('/never'))
    const text = await client.untilClosed()
    expect(text).toContain('\r\nConnection: close\r\n')
    expect(bodies(text)).toEqual(['GET /old '])
    expect(server.requests).toHaveLength(1)
  })

  test('sends no body to HEAD', async () => {
    await using server = await startEchoServer()
    using client = await rawClient(server.port)
    client.send('HEAD /h HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n')
    expect(await client.untilClosed()).toMatch(/content-length: 8\r\n(.+\r\n)*\r\n$/)
  })

  test('tells a client that waits for it to go on, once', async () => {
    await using server = await startEchoServer()
    using client = await rawClient(server.port)
    const expecting = 'POST /e HTTP/1.1\r\nhost: h\r\ncontent-length: 2\r\nexpect: 100-continue\r\n\r\n'
    client.send(expecting)
    expect(await client.until(/\r\n\r\n$/)).toBe('HTTP/1.1 100 Continue\r\n\r\n')
    client.send('a')
    client.send('b')
    const text = await client.until(/ab$/)
    expect(text.match(/HTTP\/1.1/g)).toHaveLength(2)
    client.send(`${expecting}cd`)
    expect((await client.until(/cd$/)).match(/100 Continue/g)).toHaveLength(1)
  })

  test('answers a client that has closed its side', async () => {
    await using server = await startEchoServer()
    using client = await rawClient(server.port)
    client.socket.end(post('a') + post('b'))
    expect(bodies(await client.untilClosed())).toEqual(['POST /p a', 'POST /p b'])
  })

  test('closes without a word when a client breaks off in a request', async () => {
    await using server = await startEchoServer()
    using client = await rawClient(server.port)
    client.socket.end('POST /p HTTP/1.1\r\nhost: h\r\ncontent-length: 9\r\n\r\nabc')
    expect(await client.untilClosed()).toBe('')
    expect(server.requests).toHaveLength(0)
  })

  test('says that a client is gone', async () => {
    const gated = gatedFace()
    await using server = await startEchoServer({ face: gated.face })
    using client = await rawClient(server.port)
    client.send(get('/slow'))
    await vi.waitFor(() => expect(server.requests).toHaveLength(1), 30_000)
    expect(server.requests[0]?.isAbandoned()).toBe(false)
    client.socket.resetAndDestroy()
    await vi.waitFor(() => expect(server.requests[0]?.isAbandoned()).toBe(true), 30_000)
    gated.open('/slow')
  })

  test('is cut off where an answer cannot be made', async () => {
    const faces: Face[] = [
      async () => Promise.reject(new Error('broken')),
      async () => ({ status: 200, headers: { x: 'a\r\nb: c' }, body: new Uint8Array(0) }),
    ]
    for (const face of faces) {
      await using server = await startEchoServer({ face })
      using client = await rawClient(server.port)
      client.send(get('/'))
      expect(await client.untilClosed()).toBe('')
    }
  })
})

describe('A client that breaks the rules is told so, and that is the end', () => {
  test.each([
    ['a malformed request', 'GET /\n\n', '400 Bad Request'],
    ['two lengths of a body', post('abc', 'transfer-encoding: chunked\r\n'), '400 Bad Request'],
    ['an unknown expectation', get('/', 'expect: x\r\n'), '417 Expectation Failed'],
    ['an unknown transfer coding', get('/', 'transfer-encoding: br\r\n'), '501 Not Implemented'],
    ['a head beyond 16 KiB', get(`/${'x'.repeat(17_000)}`), '431 Request Header Fields Too Large'],
  ])('%s', async (_situation, bytes, status) => {
    await using server = await startEchoServer()
    using client = await rawClient(server.port)
    client.send(bytes + get('/smuggled'))
    const text = await client.untilClosed()
    expect(text).toBe(`HTTP/1.1 ${status}\r\nConnection: close\r\ncontent-length: 0\r\n\r\n`)
    expect(server.requests).toHaveLength(0)
  })

  test('a body beyond the limit, before it is sent, in place of 100 Continue', async () => {
    await using server = await startEchoServer()
    using client = await rawClient(server.port)
    client.send('POST / HTTP/1.1\r\nhost: h\r\nexpect: 100-continue\r\ncontent-length: 1025\r\n\r\n')
    const text = await client.untilClosed()
    expect(text).toMatch(/^HTTP\/1.1 413 Payload Too Large\r\n/)
    expect(JSON.parse(text.split('\r\n\r\n')[1] ?? '')).toEqual({
      error: 'Request body larger than 1024 bytes',
    })
  })

  test('who goes on sending still gets to read why', async () => {
    await using server = await startEchoServer()
    using client = await rawClient(server.port)
    client.send(`POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 90000000\r\n\r\n`)
    for (let sent = 0; sent < 50; sent++) client.send('x'.repeat(100_000))
    expect(await client.untilClosed()).toMatch(/^HTTP\/1.1 413 /)
  })

  test('requests before it are answered first', async () => {
    await using server = await startEchoServer()
    using client = await rawClient(server.port)
    client.send(`${post('a')}${post('b')}nonsense\r\n\r\n`)
    const text = await client.untilClosed()
    expect(text.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 400'])
  })
})

describe('A connection that takes too long', () => {
  test.each([
    ['for a head', { headMillis: 40 }, 'GET / HT', 408],
    ['for a body', { bodyMillis: 40 }, 'POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 9\r\n\r\nab', 408],
    [
      'for a chunk',
      { bodyMillis: 40 },
      'POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n9',
      408,
    ],
  ])('%s is refused', async (_what, deadlines, bytes, status) => {
    await using server = await startEchoServer({ deadlines })
    using client = await rawClient(server.port)
    client.send(bytes)
    expect(await client.untilClosed()).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
  })

  test('for a head that comes drop by drop is refused all the same', async () => {
    await using server = await startEchoServer({ deadlines: { headMillis: 60 } })
    using client = await rawClient(server.port)
    const drip = setInterval(() => client.send('x'), 5)
    client.send('GET /')
    expect(await client.untilClosed()).toMatch(/^HTTP\/1.1 408 /)
    clearInterval(drip)
  })

  test('between requests is closed', async () => {
    await using server = await startEchoServer({ deadlines: { idleMillis: 100 } })
    using client = await rawClient(server.port)
    client.send(post('a'))
    expect(bodies(await client.untilClosed())).toEqual(['POST /p a'])
  })

  test('to close its side after the last answer is cut off', async () => {
    await using server = await startEchoServer({ deadlines: { endingMillis: 40 } })
    using client = await rawClient(server.port)
    client.socket.removeAllListeners('end')
    client.send(get('/', 'connection: close\r\n'))
    await client.until(/GET \/ $/)
    const drip = setInterval(() => client.send('x'), 5)
    await vi.waitFor(() => expect(client.socket.destroyed).toBe(true), 30_000)
    clearInterval(drip)
  })
})

describe('A client that does not read', () => {
  const large: Face = async () => jsonResponse(200, Buffer.alloc(4 * 1024 * 1024, 'x'))

  test('is not worked for until it does', async () => {
    await using server = await startEchoServer({ face: large })
    using client = await rawClient(server.port)
    client.socket.pause()
    client.send(get('/').repeat(16))
    await vi.waitFor(() => expect(server.requests.length).toBeGreaterThan(0), 30_000)
    using other = await rawClient(server.port)
    other.send(get('/', 'connection: close\r\n'))
    await other.untilClosed()
    expect(server.requests.length).toBeLessThan(10)
    client.socket.resume()
    await vi.waitFor(() => expect(server.requests).toHaveLength(17), { timeout: 30_000 })
  })

  test('is cut off in time', async () => {
    await using server = await startEchoServer({ face: large, deadlines: { stalledMillis: 40 } })
    using client = await rawClient(server.port)
    client.socket.pause()
    client.send(get('/').repeat(16))
    await vi.waitFor(() => expect(server.requests[0]?.isAbandoned()).toBe(true), 30_000)
  })
})
