import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { alignedData } from '../../../tensor.ts'
import { scanNumbers } from './number-list.ts'

const scan = (text: string, dtype: Parameters<typeof scanNumbers>[2]) =>
  scanNumbers(Buffer.from(text), 0, dtype)

function float32(text: string): number[] | undefined {
  const list = scan(text, 'float32')
  if (!list) return undefined
  const data = alignedData({ dtype: 'float32', shape: list.shape, data: list.data })
  return [...new Float32Array(data.buffer, data.byteOffset, data.length / 4)]
}
function float64(text: string): number[] | undefined {
  const list = scan(text, 'float64')
  if (!list) return undefined
  const data = alignedData({ dtype: 'float64', shape: list.shape, data: list.data })
  return [...new Float64Array(data.buffer, data.byteOffset, data.length / 8)]
}

/** Numbers as people and programs write them: too many digits, zeros, exponents of any size. */
const numberText = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.oneof(fc.constant('0'), fc.stringMatching(/^[1-9][0-9]{0,24}$/)),
    fc.oneof(fc.constant(''), fc.stringMatching(/^\.[0-9]{1,30}$/)),
    fc.oneof(fc.constant(''), fc.stringMatching(/^[eE][+-]?[0-9]{1,2}$/)),
  )
  .map((parts) => parts.join(''))
const halfway = fc
  .tuple(fc.float({ noNaN: true, noDefaultInfinity: true }), fc.integer({ min: -2, max: 2 }))
  .map(([value, nudge]) => {
    const next = Math.fround(value * (1 + 2 ** -23))
    return ((value + next) / 2 + nudge * Math.abs(value) * 2 ** -52).toPrecision(21)
  })
  .filter((text) => Number.isFinite(Number(text)))

describe('scanNumbers', () => {
  test('rounds every text to the float that JSON.parse and Math.fround give', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(numberText, halfway), { minLength: 1, maxLength: 20 }), (texts) => {
        const expected = texts.map((text) => Math.fround(JSON.parse(text)))
        expect(float32(`[${texts.join(' ,\n')}]`)).toEqual(expected)
      }),
      { numRuns: 2000 },
    )
  })

  test('rounds every text to the double that JSON.parse gives', () => {
    fc.assert(
      fc.property(fc.array(numberText, { minLength: 1, maxLength: 20 }), (texts) => {
        expect(float64(`[${texts.join(',')}]`)).toEqual(texts.map((text) => JSON.parse(text)))
      }),
      { numRuns: 1000 },
    )
  })

  test('reads back what JSON.stringify writes of any shape', () => {
    const matrix = fc
      .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }))
      .chain(([rows, columns]) =>
        fc.array(
          fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), {
            minLength: columns,
            maxLength: columns,
          }),
          {
            minLength: rows,
            maxLength: rows,
          },
        ),
      )
    fc.assert(
      fc.property(matrix, (rows) => {
        const list = scan(JSON.stringify(rows), 'float32')
        expect(list?.shape).toEqual([rows.length, rows[0]?.length])
        expect(float32(JSON.stringify(rows))).toEqual(
          rows.flat().map((value) => Math.fround(JSON.parse(JSON.stringify(value)))),
        )
      }),
    )
  })

  test.each([
    ['of one size', (index: number) => 0.5 + (index % 7) / 16],
    ['longer and longer', (index: number) => Number(`1.${'3'.repeat(1 + index / 4000)}`)],
    ['shorter and shorter', (index: number) => Number(`1.${'3'.repeat(16 - index / 4000)}`)],
  ])('reads lists of many windows, of numbers %s', (_, valueAt) => {
    const values = Array.from({ length: 60_000 }, (_, index) => valueAt(index))
    expect(float64(JSON.stringify(values))).toEqual(values)
  })

  test.each([
    ['json', '[[1,2],\n[3,4]]'],
    ['lines', '[1,2]\n \r\n[3,4]\n'],
    ['csv', '1,2\n\n3, 4\r\n'],
  ] as const)('reads %s of many windows', (framing, text) => {
    const rows = framing === 'json' ? `[${Array(20_000).fill(text)}]` : text.repeat(20_000)
    const list = scanNumbers(Buffer.from(rows), 0, 'uint8', framing)
    expect(list?.shape).toEqual(framing === 'json' ? [20_000, 2, 2] : [40_000, 2])
    expect(Buffer.from([1, 2, 3, 4].join('').repeat(20_000)).map((digit) => digit - 48)).toEqual(
      Buffer.from(list?.data ?? []),
    )
  })

  test.each([16 * 1024, (16 + 64) * 1024])(
    'reads all that lies across a border between windows, %i',
    (border) => {
      const head = '[[[1,2]],[[3,4]],'
      const cases = [
        '[[-12345.678901234567e-3 , 4]]',
        '[[ 5,\t6 ]\r] \n, \n [ [0.1234567890123456789012 , 1e22]]',
        '[[7,8]],[[9,10]],[[11,12]]',
        `[[${' '.repeat(70)}7,${'1'.repeat(70)}]]`,
      ]
      for (const middle of cases) {
        const expected = new Float64Array(JSON.parse(`${head}${middle}]`).flat(3))
        for (let offset = 0; offset <= middle.length + 70; offset++) {
          const text = `${head}${' '.repeat(border - head.length - offset)}${middle}]${' '.repeat(100)}`
          const list = scan(text, 'float64')
          expect(
            Buffer.from(expected.buffer).equals(list?.data ?? Buffer.alloc(0)),
            `${middle} ${offset}`,
          ).toBe(true)
          expect(list?.end).toBe(text.length - 100)
        }
      }
    },
  )

  test.each(['json', 'lines', 'csv'] as const)(
    'ends %s at every offset from a border between windows',
    (framing) => {
      for (let offset = -70; offset <= 70; offset++) {
        const blanks = ' '.repeat(16 * 1024 + offset - 10)
        const text = framing === 'csv' ? `1,${blanks}23.5` : `[1,${blanks}23.5]`
        const list = scanNumbers(Buffer.from(text), 0, 'float32', framing)
        expect(list?.shape).toEqual(framing === 'json' ? [2] : [1, 2])
        expect(list?.end).toBe(text.length)
        expect(scan(text.slice(0, -1), 'float32')?.end).toBe(framing === 'csv' ? 1 : undefined)
      }
    },
  )

  test.each([
    ['digits', '1'.repeat(10_000_000)],
    ['a fraction', `0.${'1'.repeat(10_000_000)}`],
    ['an exponent', `1e${'0'.repeat(10_000_000)}1`],
    ['signs', '-'.repeat(10_000_000)],
  ])('leaves %s of 10 MB to the exact decoder', (_, text) => {
    expect(scan(`[1,${text}]`, 'float64')).toBeUndefined()
  })

  test.each([[''], ['[1,2'], ['[1,2]\0']])('reads nothing behind the end of %j', (text) => {
    scan('[[1,2],[3,4]]]]]', 'float32')
    expect(scan(text, 'float32')?.end).toBe(text.includes(']') ? 5 : undefined)
  })

  test.each([
    ['3', []],
    ['[1,2,3]', [3]],
    ['[[1,2],[3,4],[5,6]]', [3, 2]],
    ['[[[1]],[[2]]]', [2, 1, 1]],
  ])('shows the shape of %s', (text, shape) => {
    expect(scan(text, 'int32')?.shape).toEqual(shape)
  })

  test('stops after the value', () => {
    expect(scan('[1, 2] ,"next"', 'float32')?.end).toBe(6)
  })

  test.each([
    '',
    '[]',
    '[1,]',
    '[1',
    '[,1]',
    '[1 2]',
    '[[1],[2,3]]',
    '[1,[2]]',
    '[[1],2]',
    '[NaN]',
    '["1"]',
    '[01]',
    '[1.]',
  ])('leaves %j to the exact decoder', (text) => {
    expect(scan(text, 'float32')).toBeUndefined()
  })
  test.each([
    ['1.0', 'int32'],
    ['1e2', 'int32'],
    ['2147483648', 'int32'],
    ['-1', 'uint32'],
    ['4294967296', 'uint32'],
    ['1234567890123456', 'int64'],
  ] as const)('leaves %s as %s to the exact decoder', (text, dtype) => {
    expect(scan(text, dtype)).toBeUndefined()
  })

  test('writes integers of every width as their dtype holds them, cutting off what does not fit in 8 and 16 bits', () => {
    expect([...(scan('[1,-1,300]', 'uint8')?.data ?? [])]).toEqual([1, 255, 44])
    expect([...(scan('[1,-1]', 'int16')?.data ?? [])]).toEqual([1, 0, 255, 255])
    expect([...(scan('[-5]', 'int64')?.data ?? [])]).toEqual([251, 255, 255, 255, 255, 255, 255, 255])
    expect([...(scan('[4294967295]', 'uint32')?.data ?? [])]).toEqual([255, 255, 255, 255])
  })
})
