import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lineSplitter } from './line-splitter.ts'

function split(chunks: readonly Uint8Array[], limitBytes = 1000): string[] {
  const splitter = lineSplitter(limitBytes)
  return [...chunks.flatMap((chunk) => splitter.push(chunk)), ...splitter.end()]
}
const bytes = (text: string) => Buffer.from(text)

describe('lineSplitter', () => {
  it.each<[string, Uint8Array[], string[]]>([
    ['nothing', [], []],
    ['lines', [bytes('a\nb\n')], ['a', 'b']],
    ['a last line without an end', [bytes('a\nb')], ['a', 'b']],
    ['empty lines', [bytes('\n\na\n')], ['', '', 'a']],
    ['a line in pieces', [bytes('a'), bytes('b'), bytes('c\nd')], ['abc', 'd']],
    ['a character in pieces', [bytes('é').subarray(0, 1), bytes('é').subarray(1), bytes('\n')], ['é']],
    ['Windows line ends', [bytes('a\r\nb\r\n')], ['a', 'b']],
    ['a progress bar', [bytes('10%\r20%\r100%\n')], ['10%\r20%\r100%']],
    ['invalid UTF-8', [Uint8Array.of(0x61, 0xff, 0xfe, 0x62, 10, 0xc3, 10)], ['a\ufffd\ufffdb', '\ufffd']],
    ['a byte order mark', [bytes('\ufeffa\n')], ['\ufeffa']],
  ])('%s', (_situation, chunks, expected) => {
    expect(split(chunks)).toEqual(expected)
  })

  it.each<[string, Uint8Array, string[]]>([
    ['at the limit, a line stays whole', bytes('abcdefgh\n'), ['abcdefgh']],
    ['beyond it goes on in the next', bytes('abcdefghij\nx'), ['abcdefgh', 'ij', 'x']],
    ['without an end', bytes('abcdefghijklmnopqr'), ['abcdefgh', 'ijklmnop', 'qr']],
    ['never within a character', bytes('abcdefgé€😀x\n'), ['abcdefg', 'é€', '😀x']],
    ['invalid bytes grow threefold', Uint8Array.of(255, 255, 255, 255, 10), ['\ufffd\ufffd', '\ufffd\ufffd']],
  ])('with a limit of 8 bytes: %s', (_situation, chunk, expected) => {
    expect(split([chunk], 8)).toEqual(expected)
  })

  it('gives the same lines however the bytes are cut, none beyond the limit', () => {
    const line = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.replaceAll(/[\r\n]/g, '.'))
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 10 }),
        fc.infiniteStream(fc.integer({ min: 1, max: 9 })),
        (lines, sizes) => {
          const all = bytes(lines.map((text) => `${text}\n`).join(''))
          const chunks: Uint8Array[] = []
          for (let at = 0; at < all.length; ) {
            const size = sizes.next().value
            chunks.push(all.subarray(at, at + size))
            at += size
          }
          const cut = split(chunks, 16)
          expect(cut.join('')).toBe(lines.join(''))
          expect(Math.max(0, ...cut.map((text) => Buffer.byteLength(text)))).toBeLessThanOrEqual(16)
        },
      ),
    )
  })
})
