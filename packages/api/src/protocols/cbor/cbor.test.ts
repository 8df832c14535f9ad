import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Cbor, readCbor, Tagged } from './read.ts'
import { Float, writeCbor } from './write.ts'

const hex = (text: string) => Buffer.from(text, 'hex')
const map = (entries: Record<string, Cbor>) => new Map(Object.entries(entries))

/** Source: RFC 8949, appendix A. */
const vectors: readonly (readonly [text: string, value: Cbor])[] = [
  ['00', 0],
  ['17', 23],
  ['1818', 24],
  ['1903e8', 1000],
  ['1a000f4240', 1_000_000],
  ['1b000000e8d4a51000', 1_000_000_000_000],
  ['20', -1],
  ['3903e7', -1000],
  ['fb3ff199999999999a', 1.1],
  ['f4', false],
  ['f5', true],
  ['f6', null],
  ['c11a514b67b0', new Tagged(1, 1_363_896_240)],
  ['c1fb41d452d9ec200000', new Tagged(1, 1_363_896_240.5)],
  ['4401020304', Buffer.from([1, 2, 3, 4])],
  ['60', ''],
  ['62c3bc', 'ü'],
  ['64f0908591', '𐅑'],
  ['80', []],
  ['8301820203820405', [1, [2, 3], [4, 5]]],
  ['a0', map({})],
  ['a26161016162820203', map({ a: 1, b: [2, 3] })],
]
const readOnly: readonly (readonly [text: string, value: Cbor])[] = [
  ['f7', null],
  ['f90000', 0],
  ['f93c00', 1],
  ['f97bff', 65_504],
  ['f90001', 2 ** -24],
  ['f9c400', -4],
  ['f97c00', Number.POSITIVE_INFINITY],
  ['f97e00', Number.NaN],
  ['fa47c35000', 100_000],
  ['5f42010243030405ff', Buffer.from([1, 2, 3, 4, 5])],
  ['7f657374726561646d696e67ff', 'streaming'],
  ['9fff', []],
  ['9f018202039f0405ffff', [1, [2, 3], [4, 5]]],
  ['bf61610161629f0203ffff', map({ a: 1, b: [2, 3] })],
]

describe('CBOR', () => {
  it.each([...vectors, ...readOnly])('reads %s', (text, value) => {
    expect(readCbor(hex(text))).toEqual(value)
  })

  it.each(vectors)('writes %s', (text, value) => {
    expect(Buffer.from(writeCbor(value)).toString('hex')).toBe(text)
  })

  it.each([
    ['a whole number as a float', new Float(1), 'fb3ff0000000000000'],
    ['what is no number', new Float(Number.NaN), 'fb7ff8000000000000'],
  ])('writes %s', (_, value, text) => {
    expect(Buffer.from(writeCbor(value)).toString('hex')).toBe(text)
  })

  it.each([
    ['nothing', ''],
    ['a number cut short', '1903'],
    ['a text shorter than it says', '65616263'],
    ['a text as long as a disk', '7bffffffffffffffff61'],
    ['a list as long as a disk', '9bffffffffffffffff00'],
    ['a map as long as a disk', 'bbffffffffffffffff616100'],
    ['a list without an end', '9f01'],
    ['a break that ends nothing', 'ff'],
    ['more than one value', '0000'],
    ['text that is not UTF-8', '61ff'],
    ['a key that is a number', 'a10000'],
    ['a reserved length', '1c'],
    ['a simple value without a meaning', 'f818'],
    ['a string in pieces of another kind', '5f6161ff'],
    ['a string in pieces in pieces', '5f5f4101ffff'],
    ['lists without end', '81'.repeat(100_000)],
    ['tags without end', 'c1'.repeat(100_000)],
    ['maps without end', 'a16161'.repeat(100_000)],
  ])('refuses %s', (_, text) => {
    expect(() => readCbor(hex(text))).toThrow(expect.objectContaining({ code: 'SerializationException' }))
  })

  it('reads what it wrote', () => {
    const values = fc.letrec<{ value: Cbor }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom(null, true, false),
        fc.maxSafeInteger(),
        fc.double({ noNaN: true }).filter((value) => !Object.is(value, -0)),
        fc.string({ unit: 'binary' }),
        fc.uint8Array().map((bytes) => Buffer.from(bytes)),
        fc.array(tie('value'), { maxLength: 4 }),
        fc
          .dictionary(fc.string(), tie('value'), { maxKeys: 4 })
          .map((entries) => new Map(Object.entries(entries))),
      ),
    })).value
    fc.assert(
      fc.property(values, (value) => {
        expect(readCbor(writeCbor(value))).toEqual(value)
      }),
    )
  })

  it('refuses any bytes that it cannot read, in its own words', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          readCbor(bytes)
        } catch (error) {
          expect(error).toMatchObject({ code: 'SerializationException' })
        }
      }),
      { numRuns: 2000 },
    )
  })
})
