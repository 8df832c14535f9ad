import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type Bytes, bytesOf, type HttpRequest, type HttpResponse, readAll } from '@sagebrush/api'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { HttpServer, type HttpServerOptions } from './http-server.ts'

type Answer = HttpServerOptions['answer']

async function serve(answer: Answer, options: Partial<HttpServerOptions> = {}) {
  const errors: unknown[] = []
  const onError = (error: unknown) => errors.push(error)
  const server = await HttpServer.listen({ host: '127.0.0.1', port: 0, answer, onError, ...options })
  return Object.assign(server, { errors, url: `http://127.0.0.1:${server.port}` })
}

function respond(
  body: Bytes | string = '',
  init: { status?: number; headers?: Record<string, string> } = {},
): HttpResponse {
  const bytes = typeof body === 'string' ? bytesOf(body) : body
  return { status: init.status ?? 200, headers: new Headers(init.headers), body: bytes }
}

/** A socket, and all that it has received. */
async function raw(port: number, text: string) {
  const socket = connect(port, '127.0.0.1')
  let received = ''
  socket.on('data', (chunk) => {
    received += chunk
  })
  socket.on('error', () => {
    // What matters is what was received before.
  })
  await once(socket, 'connect')
  socket.write(text)
  return { socket, received: () => received }
}

/** Waits until the condition holds, or the test's own time is over. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2))
}

async function closed(socket: Socket): Promise<void> {
  if (!socket.closed) await once(socket, 'close')
}

/** False when nothing moves for a while. */
async function hasDrained(socket: Socket): Promise<boolean> {
  return await once(socket, 'drain', { signal: AbortSignal.timeout(300) }).then(
    () => true,
    () => false,
  )
}

function deferred<T>() {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

describe('a request', () => {
  test('arrives as it was sent', async () => {
    let seen: HttpRequest | undefined
    await using server = await serve(async (request) => {
      seen = request
      return respond(await readAll(request.body, 100).then(String))
    })
    const { socket, received } = await raw(
      server.port,
      'PUT /a%2Fb/../%zz?x=%20&y HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nX-A: 2\r\nX-Name: caf\xe9\r\nContent-Length: 5\r\n\r\nhello',
    )
    await until(() => received().endsWith('hello'))
    socket.destroy()
    expect(seen).toMatchObject({ method: 'PUT', target: '/a%2Fb/../%zz?x=%20&y' })
    expect(Object.fromEntries(seen?.headers ?? [])).toMatchObject({ host: 'h', 'x-a': '1, 2' })
    expect(received()).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
    expect(received()).toContain('content-length: 5\r\n')
  })

  test('that breaks off is an error to whoever reads its body, and aborts the signal', async () => {
    const seen: unknown[] = []
    await using server = await serve(async (request) => {
      await readAll(request.body, 100).catch((error: unknown) => seen.push(error))
      if (!request.signal.aborted) await once(request.signal, 'abort')
      seen.push(request.signal.reason)
      return respond()
    })
    for (const head of [
      'Content-Length: 100000\r\n\r\nhello',
      'Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
    ]) {
      const { socket } = await raw(server.port, `PUT / HTTP/1.1\r\nHost: h\r\n${head}`)
      socket.end()
      await closed(socket)
    }
    await until(() => seen.length === 4)
    for (const error of seen) expect(error).toBeInstanceOf(Error)
    expect(server.errors).toEqual([])
  })

  test('that broke off before anybody read its body is an error as well', async () => {
    const { promise: result, resolve } = deferred<unknown>()
    await using server = await serve(async (request) => {
      await once(request.signal, 'abort')
      resolve(await readAll(request.body, 100).catch((error: unknown) => error))
      return respond()
    })
    const { socket } = await raw(
      server.port,
      'PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\nhello',
    )
    socket.destroy()
    expect(await result).toBeInstanceOf(Error)
  })

  test.each([10, 100_000])('of %i bytes whose sender falls silent is cut off', async (length) => {
    const answer: Answer = async (request) => respond(await readAll(request.body, length).then(String))
    await using server = await serve(answer, { timeouts: { stallMillis: 50 } })
    const head = `PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: ${length}\r\n\r\n`
    const { socket, received } = await raw(server.port, `${head}hello`)
    await closed(socket)
    expect(received()).toBe('')
  })

  test('with a small body that breaks off is never answered', async () => {
    let answers = 0
    await using server = await serve(async () => {
      answers += 1
      return respond()
    })
    const { socket, received } = await raw(
      server.port,
      'PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhello',
    )
    socket.end()
    await closed(socket)
    expect([answers, server.errors]).toEqual([0, []])
    expect(received()).toMatch(/^HTTP\/1\.1 400 /)
  })

  test('may take longer than any limit as long as its bytes come', async () => {
    const answer: Answer = async (request) => respond(await readAll(request.body, 100).then(String))
    await using server = await serve(answer, { timeouts: { stallMillis: 2000, headersMillis: 2000 } })
    const letters = 'abcdefghijklmnopqrstuvwxyz12'
    const { socket, received } = await raw(
      server.port,
      `PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: ${letters.length}\r\n\r\n`,
    )
    for (const letter of letters) {
      socket.write(letter)
      await new Promise((resolve) => setTimeout(resolve, 80))
    }
    await until(() => received().endsWith(letters))
    socket.destroy()
  })

  test('whose head does not come to an end is refused', async () => {
    await using server = await serve(async () => respond(), { timeouts: { headersMillis: 100 } })
    const { socket, received } = await raw(server.port, 'GET / HTTP/1.1\r\nHost: h\r\n')
    await closed(socket)
    expect(received()).toMatch(/^HTTP\/1\.1 408 /)
  })
})

describe('a client that waits to be told to go on', () => {
  const head = 'PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n'

  test('is told once its body is wanted', async () => {
    await using server = await serve(async (request) =>
      respond(await readAll(request.body, 100).then(String)),
    )
    const { socket, received } = await raw(server.port, head)
    await until(() => received() === 'HTTP/1.1 100 Continue\r\n\r\n')
    socket.write('hello')
    await until(() => received().endsWith('hello'))
    socket.destroy()
  })

  test('is not told when it is refused by its head, and the connection ends', async () => {
    await using server = await serve(async () => respond('no', { status: 403 }))
    const { socket, received } = await raw(server.port, head)
    await closed(socket)
    expect(received()).toMatch(/^HTTP\/1\.1 403 [\s\S]+connection: close\r\n[\s\S]+no$/)
  })

  test('whose body was not wanted leaves the connection to others once all of it has come', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    await using server = await serve(async () => respond('no'))
    const length = 100_000
    const { socket, received } = await raw(
      server.port,
      `PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: ${length}\r\n\r\n`,
    )
    const next = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n'
    const answers = () => received().split('HTTP/1.1 200').length - 1
    for (const [index, text] of ['', 'x'.repeat(length) + next, next].entries()) {
      socket.write(text)
      while (answers() <= index && !socket.closed) await Promise.race([once(socket, 'data'), closed(socket)])
      // Longer than anybody is waited for.
      if (index === 1) vi.advanceTimersByTime(3_600_000)
    }
    expect(answers()).toBe(3)
    socket.destroy()
  })
})

describe('an answer', () => {
  test('streams in both directions at once, and holds a client back that does not read', async () => {
    await using server = await serve(async (request) => respond(request.body))
    const { socket } = await raw(
      server.port,
      'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n',
    )
    socket.pause()
    const piece = Buffer.from(`40000\r\n${'x'.repeat(0x40000)}\r\n`)
    let sent = 0
    while (socket.write(piece) || (await hasDrained(socket))) sent += 1
    expect(sent * piece.length).toBeLessThan(32 * 1024 * 1024)
    socket.resume()
    await hasDrained(socket)
    socket.destroy()
  })

  test('is made no faster than its client takes it, and is let go of when the client leaves', async () => {
    let made = 0
    let released = false
    async function* body(): Bytes {
      try {
        for (;;) {
          made += 1
          yield Buffer.alloc(1024 * 1024)
        }
      } finally {
        released = true
      }
    }
    await using server = await serve(async () => respond(body()))
    const { socket } = await raw(server.port, 'GET / HTTP/1.1\r\nHost: h\r\n\r\n')
    await once(socket, 'data')
    socket.pause()
    let before = -1
    while (made !== before) {
      before = made
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    expect(made).toBeLessThan(32)
    socket.destroy()
    await until(() => released)
    expect(server.errors).toEqual([])
  })

  test('to a client that takes nothing for too long is cut off', async () => {
    let released = false
    async function* body(): Bytes {
      try {
        for (;;) yield Buffer.alloc(1024 * 1024)
      } finally {
        released = true
      }
    }
    await using server = await serve(async () => respond(body()), { timeouts: { stallMillis: 50 } })
    const { socket } = await raw(server.port, 'GET / HTTP/1.1\r\nHost: h\r\n\r\n')
    socket.pause()
    await until(() => released)
    socket.resume()
    await closed(socket)
  })

  test.each([
    { method: 'HEAD', status: 200, length: '4' },
    { method: 'GET', status: 204, length: null },
    { method: 'GET', status: 304, length: null },
  ])('to $method with status $status has no body', async ({ method, status, length }) => {
    await using server = await serve(async () => respond('body', { status }))
    const { socket, received } = await raw(server.port, `${method} / HTTP/1.1\r\nHost: h\r\n\r\n`)
    await until(() => received().includes('\r\n\r\n'))
    socket.write('GET /second HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n')
    await closed(socket)
    const [, first = '', second = ''] = received().split('HTTP/1.1 ')
    expect(first).toMatch(/^\d{3} [\s\S]+\r\n\r\n$/)
    expect(/content-length: (\d+)/.exec(first)?.[1] ?? null).toBe(length)
    expect(second).toMatch(new RegExp(`^${status} `))
  })

  test('whose body fails is cut short, so that nobody takes it for whole', async () => {
    async function* body(): Bytes {
      yield Buffer.from('half')
      throw new Error('the disk is gone')
    }
    await using server = await serve(async () => respond(body()))
    await expect(fetch(server.url).then((response) => response.text())).rejects.toThrow()
    expect(server.errors).toEqual([expect.objectContaining({ message: 'the disk is gone' })])
  })

  test('that cannot be made is a bare 500', async () => {
    await using server = await serve(async () => {
      throw new Error('secret')
    })
    const response = await fetch(server.url)
    expect([response.status, await response.text()]).toEqual([500, ''])
    expect(server.errors).toHaveLength(1)
  })

  test.each([1000, 70_000, 1_000_000])(
    'may leave a body of %i bytes unread or half read: the connection goes on with the next request',
    async (size) => {
      let requests = 0
      await using server = await serve(async (request) => {
        requests += 1
        if (requests === 2) for await (const _ of request.body) break
        return respond(String(requests))
      })
      const post = `POST / HTTP/1.1\r\nHost: h\r\nContent-Length: ${size}\r\n\r\n${'x'.repeat(size)}`
      const { socket, received } = await raw(server.port, post)
      await until(() => received().endsWith('\r\n\r\n1'))
      socket.write(post)
      await until(() => received().endsWith('\r\n\r\n2'))
      socket.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n')
      await until(() => received().endsWith('\r\n\r\n3'))
      socket.destroy()
    },
  )
})

describe('closing', () => {
  test('lets an open answer end and frees the port', async () => {
    const { promise: asked, resolve: ask } = deferred<void>()
    const { promise: go, resolve: release } = deferred<void>()
    const server = await serve(async () => {
      ask()
      await go
      return respond('done')
    })
    const response = fetch(server.url)
    await asked
    const closing = server.close(20)
    await expect(fetch(server.url)).rejects.toThrow()
    release()
    expect(await (await response).text()).toBe('done')
    await closing
  })

  test('aborts what has not ended when the grace is over', async () => {
    const { promise: asked, resolve: ask } = deferred<AbortSignal>()
    const server = await serve(async (request) => {
      ask(request.signal)
      await once(request.signal, 'abort')
      return respond('late')
    })
    const response = fetch(server.url)
    const signal = await asked
    await Promise.all([server.close(0.02), expect(response).rejects.toThrow()])
    expect(signal.reason).toEqual(new Error('the server is closing'))
  })

  test('an address in use is an error', async () => {
    await using server = await serve(async () => respond())
    await expect(serve(async () => respond(), { port: server.port })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    })
  })
})
