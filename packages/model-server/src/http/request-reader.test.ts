import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { RequestRefusal } from './request-head.ts'
import { RequestReader } from './request-reader.ts'

type Seen = { line: string; body: string; keepsAlive: boolean } | number

/** What a reader makes of bytes that come in those pieces: requests, then the status of a refusal if there is one. */
function read(...pieces: readonly string[]): Seen[] {
  const reader = new RequestReader({ bodyLimitBytes: 1000 })
  const seen: Seen[] = []
  try {
    for (const piece of pieces) {
      reader.add(Buffer.from(piece, 'latin1'))
      for (let request = reader.next(); request; request = reader.next()) {
        const { method, target, minorVersion } = request.head
        const line = `${method} ${target} 1.${minorVersion}`
        seen.push({ line, body: request.body.toString('latin1'), keepsAlive: request.keepsAlive })
      }
    }
  } catch (refusal) {
    if (!(refusal instanceof RequestRefusal)) throw refusal
    seen.push(refusal.status)
  }
  return seen
}

const request = (fields: string, rest = ''): string => `POST /x HTTP/1.1\r\nhost: h\r\n${fields}\r\n${rest}`
const chunked = (rest: string): string => request('transfer-encoding: chunked\r\n', rest)
const posted = (body: string, keepsAlive = true): Seen => ({ line: 'POST /x 1.1', body, keepsAlive })

describe('RequestReader takes', () => {
  test.each<[string, string, Seen[]]>([
    ['no body', request(''), [posted('')]],
    ['a body by its length', request('Content-Length:  3 \r\n', 'abc'), [posted('abc')]],
    [
      'requests behind each other',
      request('content-length: 1\r\n', 'a') + request(''),
      [posted('a'), posted('')],
    ],
    ['empty lines before a request', `\r\n\r\n${request('')}`, [posted('')]],
    ['chunks', chunked('3\r\nabc\r\n0a\r\n0123456789\r\n0\r\n\r\n'), [posted('abc0123456789')]],
    [
      'chunks with extensions and trailers, which it drops',
      chunked('1;a=b;c="d"\r\nx\r\n0;e\r\nt: u\r\n\r\n'),
      [posted('x')],
    ],
    ['chunks in any case', request('Transfer-Encoding: CHUNKED\r\n', '0\r\n\r\n'), [posted('')]],
    ['a client that closes', request('connection: Close\r\n'), [posted('', false)]],
    [
      'other options of a connection',
      request('connection: upgrade, close\r\nupgrade: h2c\r\n'),
      [posted('', false)],
    ],
    ['HTTP/1.0', 'GET / HTTP/1.0\r\n\r\n', [{ line: 'GET / 1.0', body: '', keepsAlive: false }]],
    [
      'HTTP/1.0 that goes on',
      'GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n',
      [{ line: 'GET / 1.0', body: '', keepsAlive: true }],
    ],
    [
      'any visible target',
      `GET /a%20b?c=%7B"{}|:predict HTTP/1.1\r\nhost:\r\n\r\n`,
      [{ line: 'GET /a%20b?c=%7B"{}|:predict 1.1', body: '', keepsAlive: true }],
    ],
  ])('%s, in one piece or byte by byte', (_situation, bytes, expected) => {
    expect(read(bytes)).toEqual(expected)
    expect(read(...bytes)).toEqual(expected)
  })
})

describe('RequestReader refuses', () => {
  const long = 'x'.repeat(17 * 1024)
  test.each<[string, string, number]>([
    ['what is not HTTP', '\x16\x03\x01\x02\x00', 400],
    ['an unknown method', 'FETCH / HTTP/1.1\r\nhost: h\r\n\r\n', 400],
    ['a method in small letters', 'get / HTTP/1.1\r\nhost: h\r\n\r\n', 400],
    ['a tunnel', 'CONNECT h:80 HTTP/1.1\r\nhost: h\r\n\r\n', 400],
    ['no target', 'GET  HTTP/1.1\r\nhost: h\r\n\r\n', 400],
    ['a blank in a target', 'GET /a b HTTP/1.1\r\nhost: h\r\n\r\n', 400],
    ['HTTP/0.9', 'GET /\r\n\r\n', 400],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
    ['another protocol', 'GET / ICE/1.1\r\nhost: h\r\n\r\n', 400],
    ['no host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['a bare line feed', 'GET / HTTP/1.1\nhost: h\n\n', 400],
    ['a bare line feed in a field', request('a: b\nc: d\r\n'), 400],
    ['a bare carriage return in a field', request('a: b\rc: d\r\n'), 400],
    ['a zero byte in a field', request('a: b\0\r\n'), 400],
    ['a folded line', request('a: b\r\n c\r\n'), 400],
    ['a blank before a colon', request('content-length : 1\r\n', 'a'), 400],
    ['a field without a name', request(': b\r\n'), 400],
    ['a field without a colon', request('ab\r\n'), 400],
    ['a length beside chunks', request('content-length: 3\r\ntransfer-encoding: chunked\r\n'), 400],
    ['chunks beside a length', request('transfer-encoding: chunked\r\ncontent-length: 3\r\n'), 400],
    ['chunks in HTTP/1.0', 'POST / HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n', 400],
    ['two lengths', request('content-length: 1\r\ncontent-length: 2\r\n'), 400],
    ['the same length twice', request('content-length: 1\r\ncontent-length: 1\r\n'), 400],
    ['a signed length', request('content-length: +1\r\n'), 400],
    ['a negative length', request('content-length: -1\r\n'), 400],
    ['a hexadecimal length', request('content-length: 0x1\r\n'), 400],
    ['an empty length', request('content-length:\r\n'), 400],
    ['a list of lengths', request('content-length: 1, 1\r\n'), 400],
    ['a length beyond the limit', request('content-length: 1001\r\n'), 413],
    ['a length beyond all numbers', request(`content-length: ${'9'.repeat(400)}\r\n`), 413],
    ['another transfer coding', request('transfer-encoding: gzip\r\n'), 501],
    ['a transfer coding before chunks', request('transfer-encoding: gzip, chunked\r\n'), 501],
    ['chunks twice', request('transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n'), 501],
    ['an unknown expectation', request('expect: miracles\r\n'), 417],
    ['a target beyond the limit', `GET /${long}`, 431],
    ['a field beyond the limit', request(`a: ${long}\r\n`), 431],
    ['a chunk without a size', chunked('\r\n'), 400],
    ['a negative chunk', chunked('-1\r\n'), 400],
    ['a chunk with a prefix', chunked('0x1\r\n'), 400],
    ['a blank before a chunk', chunked(' 1\r\n'), 400],
    ['a blank after the size', chunked('1 \r\n'), 400],
    ['a size that ends in a bare line feed', chunked('1\nx\r\n'), 400],
    ['a chunk longer than its size', chunked('1\r\nxy\r\n'), 400],
    ['a chunk that ends in a bare line feed', chunked('1\r\nx\n0\r\n\r\n'), 400],
    ['a bare carriage return in an extension', chunked('1;a\rb\r\nx\r\n'), 400],
    ['a trailer that is none', chunked('0\r\nabc\r\n\r\n'), 400],
    ['chunks beyond the limit', chunked(`200\r\n${'x'.repeat(512)}\r\n200\r\n`), 413],
    ['a chunk beyond all numbers', chunked('ffffffffffff\r\n'), 413],
    ['a size of too many digits', chunked('0000000000001\r\n'), 400],
    ['extensions beyond the limit', chunked(`1;${long}`), 431],
    ['many extensions beyond the limit', chunked(`1;${'x'.repeat(80)}\r\nx\r\n`.repeat(300)), 431],
    ['trailers beyond the limit', chunked(`0\r\n${'a: b\r\n'.repeat(3000)}`), 431],
  ])('%s, in one piece or byte by byte', (_situation, bytes, status) => {
    expect(read(bytes)).toEqual([status])
    expect(read(...bytes)).toEqual([status])
  })

  test('what follows a refusal, and nothing before it', () => {
    expect(read(`${request('')}${request('a\r\n')}${request('')}`)).toEqual([posted(''), 400])
  })
})

test('RequestReader reads the same requests however the bytes are cut', () => {
  const one = fc.oneof(
    fc
      .string({ unit: 'binary-ascii', maxLength: 50 })
      .map((body) => request(`content-length: ${body.length}\r\n`, body)),
    fc
      .array(fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 20 }))
      .map((chunks) => chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join(''))
      .map((chunks) => chunked(`${chunks}0\r\n\r\n`)),
  )
  const cut = (text: string, lengths: readonly number[]): string[] => {
    const pieces: string[] = []
    let at = 0
    for (const length of lengths) {
      pieces.push(text.slice(at, at + length))
      at += length
    }
    return [...pieces, text.slice(at)]
  }
  fc.assert(
    fc.property(fc.array(one, { maxLength: 5 }), fc.array(fc.nat(60)), (requests, lengths) => {
      const bytes = requests.join('')
      const whole = read(bytes)
      expect(whole).toHaveLength(requests.length)
      expect(read(...cut(bytes, lengths))).toEqual(whole)
    }),
  )
})

describe('a head', () => {
  function headOf(fields: string) {
    const reader = new RequestReader({ bodyLimitBytes: 1000 })
    reader.add(Buffer.from(request(fields), 'latin1'))
    const head = reader.next()?.head
    if (!head) throw new Error('no request')
    return head
  }

  test('has fields by name, in any case, without the blanks around their values', () => {
    const head = headOf('Content-Type: \t text/csv; a=b \t\r\nX-Empty:\r\nx-latin: \xe9\r\n')
    expect(head.header('content-type')).toBe('text/csv; a=b')
    expect(head.header('x-empty')).toBe('')
    expect(head.header('x-latin')).toBe('\xe9')
    expect(head.header('content-typ')).toBeUndefined()
  })

  test('joins fields that come twice, except where only one can count', () => {
    const head = headOf('accept: a\r\nAccept: b\r\ncontent-type: c\r\ncontent-type: d\r\n')
    expect(head.header('accept')).toBe('a, b')
    expect(head.header('content-type')).toBe('c')
  })
})
