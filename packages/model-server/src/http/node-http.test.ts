import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type EchoServer, startEchoServer } from './testing/echo-server.ts'
import { rawClient } from './testing/raw-client.ts'

/**
 * The same bytes to this server and to Node's own. What this one takes for a request, the other must take for the
 * same one: proxies and servers that read a connection differently let requests be smuggled past the first.
 */
type Seen = { method: string; target: string; field: string | undefined; body: string }
let ours: EchoServer
const nodeSaw: Seen[] = []
const node = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const { method = '', url = '', headers } = request
    const field = headers['x-field']
    const body = Buffer.concat(chunks).toString('latin1')
    nodeSaw.push({ method, target: url, field: Array.isArray(field) ? field.join(', ') : field, body })
    response.end('ok')
  })
})

beforeAll(async () => {
  ours = await startEchoServer({ bodyLimitBytes: 100_000 })
  Object.assign(node, { httpAllowHalfOpen: true })
  await new Promise<void>((resolve) => node.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  await ours[Symbol.asyncDispose]()
  node.closeAllConnections()
  await new Promise((resolve) => node.close(resolve))
})

async function tell(port: number, bytes: string): Promise<string> {
  using client = await rawClient(port)
  client.socket.end(bytes, 'latin1')
  return await client.untilClosed()
}

async function readBoth(bytes: string): Promise<{ ours: Seen[]; node: Seen[] }> {
  ours.requests.length = 0
  nodeSaw.length = 0
  await Promise.all([tell(ours.port, bytes), tell((node.address() as AddressInfo).port, bytes)])
  const seen = ours.requests.map(({ method, target, header, body }) => {
    return { method, target, field: header('x-field'), body: Buffer.from(body).toString('latin1') }
  })
  return { ours: seen, node: [...nodeSaw] }
}

const token = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}$/)
const fieldText = fc.stringMatching(/^[\t\x20-\x7e\x80-\xff]{0,20}$/)
const binary = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)),
  maxLength: 40,
})
const inChunks = (chunks: readonly string[]): string =>
  `${chunks.map((chunk) => `${chunk.length.toString(16)};e=1\r\n${chunk}\r\n`).join('')}0\r\nx-trailer: t\r\n\r\n`

const validRequest = fc
  .record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'HEAD'),
    target: fc.stringMatching(/^\/[!-~]{0,20}$/),
    name: token.map((name) => `y-${name}`),
    values: fc.array(fieldText, { maxLength: 3 }),
    connection: fc.constantFrom('', 'connection: keep-alive\r\n', 'Connection: x, Keep-Alive\r\n'),
    body: fc.oneof(
      fc.constant('\r\n'),
      binary.map((body) => `Content-Length: ${body.length}\r\n\r\n${body}`),
      fc
        .array(
          binary.filter((chunk) => chunk !== ''),
          { maxLength: 3 },
        )
        .map((chunks) => `transfer-encoding: chunked\r\n\r\n${inChunks(chunks)}`),
    ),
  })
  .map(({ method, target, name, values, connection, body }) => {
    const fields = values.map((value) => `x-field: ${value}\r\n`).join('')
    return `${method} ${target} HTTP/1.1\r\nHost: h\r\n${name}: 1\r\n${fields}${connection}${body}`
  })

test('reads what is valid as node:http does', async () => {
  const requests = fc.array(validRequest, { minLength: 1, maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(requests, async (valid) => {
      const seen = await readBoth(valid.join(''))
      expect(seen.ours).toEqual(seen.node)
      expect(seen.ours).toHaveLength(valid.length)
    }),
    { numRuns: 100 },
  )
})

const suspects = [
  ...[
    '\r',
    '\n',
    '\0',
    ' ',
    '\t',
    ':',
    ',',
    ';',
    '\x7f',
    '\xff',
    '0',
    'a',
    '\r\n',
    '\r\n\r\n',
    '\n\n',
    ' \r\n',
  ],
  ...[
    'Content-Length: 3\r\n',
    'Content-Length: 0\r\n',
    'content-length: 00003\r\n',
    'Content-Length:3 3\r\n',
  ],
  ...['Transfer-Encoding: chunked\r\n', 'Transfer-Encoding:\tCHUNKED\r\n', 'Transfer-Encoding: x\r\n'],
  ...['Transfer-Encoding: chunked, identity\r\n', 'Transfer-Encoding : chunked\r\n', 'Connection: close\r\n'],
  ...[
    '\r\n folded\r\n',
    'HTTP/1.0',
    'HTTP/1.1',
    'GET / HTTP/1.1\r\nhost: h\r\n\r\n',
    '0\r\n\r\n',
    '3\r\nabc\r\n',
  ],
]
const damage = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    cut: fc.nat(3),
    put: fc.constantFrom('', ...suspects),
  }),
  { minLength: 1, maxLength: 3 },
)

test('takes nothing for a request that node:http takes for another or for none', async () => {
  const requests = fc.array(validRequest, { minLength: 1, maxLength: 3 })
  await fc.assert(
    fc.asyncProperty(requests, damage, async (valid, spots) => {
      let bytes = valid.join('')
      for (const { at, cut, put } of spots) {
        const place = Math.floor(at * bytes.length)
        bytes = bytes.slice(0, place) + put + bytes.slice(place + cut)
      }
      const seen = await readBoth(bytes)
      expect(seen.ours).toEqual(seen.node.slice(0, seen.ours.length))
    }),
    { numRuns: 300 },
  )
})
