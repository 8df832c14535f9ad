import { EventEmitter, once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, test, vi } from 'vitest'
import { type Face, jsonResponse } from '../faces/http.ts'
import { plainLoader } from '../testing/plain-servable.ts'
import { startPlainServer } from '../testing/plain-server.ts'
import { startHttpServer } from './http-server.ts'
import { rawClient } from './testing/raw-client.ts'

describe('startHttpServer', () => {
  test('refuses a body beyond the limit, announced or not', async () => {
    await using server = await startPlainServer([plainLoader('m', 1)], { bodyLimitBytes: 100 })
    const body = new Blob(['x'.repeat(200)]).stream()
    for (const sent of ['x'.repeat(200), body]) {
      const response = await fetch(`${server.url}/v1/models/m:predict`, {
        method: 'POST',
        body: sent,
        duplex: 'half',
      } as RequestInit)
      expect([response.status, await response.json()]).toEqual([
        413,
        { error: 'Request body larger than 100 bytes' },
      ])
    }
  })

  test('goes on after a body that breaks off', async () => {
    await using server = await startPlainServer([plainLoader('m', 1)])
    const socket = connect(server.http.port, '127.0.0.1')
    socket.end('POST /v1/models/m:predict HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{"inst')
    await once(socket.resume(), 'close')
    const response = await fetch(`${server.url}/ping`)
    expect(response.status).toBe(200)
  })

  test('answers requests that share a connection in their order', async () => {
    await using server = await startPlainServer([plainLoader('m', 1)])
    const socket = connect(server.http.port, '127.0.0.1')
    const request = (body: string) =>
      `POST /v1/models/m:predict HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n${body}`
    socket.end([1, 2, 3].map((value) => request(`{"inputs":${value}}`)).join(''))
    let text = ''
    for await (const chunk of socket.setEncoding('utf8')) text += chunk
    expect([...text.matchAll(/"outputs": ([0-9.]+)/g)].map(([, value]) => value)).toEqual([
      '2.5',
      '3.0',
      '3.5',
    ])
  })

  test('answers what was sent on an idle connection before its client could know that it closes', async () => {
    const face: Face = async ({ target }) => jsonResponse(200, target)
    const http = await startHttpServer({
      ...{ host: '127.0.0.1', port: 0, bodyLimitBytes: 100, face },
      farewellMillis: 60_000,
    })
    using client = await rawClient(http.port)
    client.send('GET /before HTTP/1.1\r\nhost: h\r\n\r\n')
    await client.until(/\/before$/)
    const closed = http.close(60)
    client.send('GET /after HTTP/1.1\r\nhost: h\r\n\r\n')
    expect(await client.untilClosed()).toMatch(/Connection: close\r\n\r\n\/after$/)
    await closed
  })

  test('lets requests under way end when it closes, and cuts off those that last longer', async () => {
    const gate = new EventEmitter()
    const began: string[] = []
    const face: Face = async ({ target }) => {
      began.push(target)
      await once(gate, target)
      return jsonResponse(200, '{}')
    }
    const http = await startHttpServer({ host: '127.0.0.1', port: 0, bodyLimitBytes: 100, face })
    const ask = (path: string) =>
      fetch(`http://127.0.0.1:${http.port}${path}`).then(
        (response) => response.status,
        () => 'cut off',
      )
    const [fast, slow] = [ask('/fast'), ask('/slow')]
    await vi.waitFor(() => expect(began).toHaveLength(2), 30_000)
    const closed = http.close(0.3)
    gate.emit('/fast')
    expect(await fast).toBe(200)
    await closed
    expect(await slow).toBe('cut off')
  })
})
