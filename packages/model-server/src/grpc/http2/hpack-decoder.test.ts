import { describe, expect, test } from 'vitest'
import { ConnectionError } from './frames.ts'
import { HpackDecoder } from './hpack-decoder.ts'
import { headerBlock } from './response-headers.ts'

const read = (decoder: HpackDecoder, hex: string) =>
  Object.fromEntries(decoder.decode(Buffer.from(hex.replaceAll(' ', ''), 'hex')))

describe('three requests in a row', () => {
  const first = { ':method': 'GET', ':scheme': 'http', ':path': '/', ':authority': 'www.example.com' }
  const third = {
    ...{ ':method': 'GET', ':scheme': 'https', ':path': '/index.html', ':authority': 'www.example.com' },
    'custom-key': 'custom-value',
  }
  // Source: RFC 7541, appendices C.3 and C.4.
  test.each([
    [
      'plain',
      [
        '8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
        '8286 84be 5808 6e6f 2d63 6163 6865',
        '8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65',
      ],
    ],
    [
      'in Huffman code',
      [
        '8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff',
        '8286 84be 5886 a8eb 1064 9cbf',
        '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf',
      ],
    ],
  ])('%s', (_situation, blocks) => {
    const decoder = new HpackDecoder()
    const headers = blocks.map((block) => read(decoder, block))
    expect(headers).toEqual([first, { ...first, 'cache-control': 'no-cache' }, third])
  })
})

test('the oldest entries go when the table is full', () => {
  const decoder = new HpackDecoder()
  const long = 'x'.repeat(100)
  // Literals with indexing: more of them than 4096 bytes hold.
  for (let index = 0; index < 40; index++) {
    decoder.decode(
      Buffer.concat([Buffer.of(0x40, 2), Buffer.from(`n${index % 10}`), Buffer.of(100), Buffer.from(long)]),
    )
  }
  const held = Math.floor(4096 / (2 + 100 + 32))
  expect(read(decoder, (128 + 61 + held).toString(16))).toHaveProperty(
    'n0'.replace('0', String((40 - held) % 10)),
  )
  expect(() => read(decoder, (128 + 62 + held).toString(16))).toThrow(ConnectionError)
})

test.each([
  ['an entry that there is not', 'be'],
  ['entry 0', '80'],
  ['a text that ends early', '4005 61'],
  ['a number that ends early', 'ff'],
  ['a number without end', 'ff ffff ffff ffff ff'],
  ['a table larger than allowed', '3f e2 7f'],
  ['padding that is no padding', '0001 6181 00'],
  ['an end inside a text', '0001 6184 ffff ffff'],
])('refuses %s', (_situation, hex) => {
  expect(() => read(new HpackDecoder(), hex)).toThrow(ConnectionError)
})

test.each([0, 1, 126, 127, 128, 300, 20_000])(
  'a block made here with %i characters is read again',
  (length) => {
    const headers = { ':status': '200', long: 'y'.repeat(length) }
    expect(Object.fromEntries(new HpackDecoder().decode(headerBlock(headers)))).toEqual(headers)
  },
)
