import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { alignedData } from '../../tensor.ts'
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

  test('grows beyond the memory that it keeps', () => {
    const values = Array.from({ length: 50_000 }, (_, index) => index / 7)
    expect(float32(JSON.stringify(values))).toEqual(values.map(Math.fround))
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
