import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ByteWriter } from './byte-writer.ts'
import { writeDouble, writeFloat, writeHalf, writeInteger } from './write-number.ts'

function written(write: (writer: ByteWriter, value: number) => void, value: number): string {
  const writer = new ByteWriter()
  write(writer, value)
  return writer.finish().toString('latin1')
}

describe('writeFloat', () => {
  // Right-hand sides as printf gives them.
  test.each([
    [3, '3.0'],
    [0, '0.0'],
    [-0, '-0.0'],
    [9e6, '9e+06'],
    [0.00003, '3e-05'],
    [999999, '999999.0'],
    [555557.5, '555557.5'],
    [1e6, '1e+06'],
    [16777216, '16777216.0'],
    [123456792, '123456792.0'],
    [0.1, '0.1'],
    [1 / 3, '0.333333343'],
    [2 / 3, '0.666666687'],
    [-1.5, '-1.5'],
    [1e-10, '1e-10'],
    [99999997952, '1e+11'],
    [2 ** -13, '0.000122070312'],
    [2 ** -149, '1.4013e-45'],
    [3.4028234663852886e38, '3.40282347e+38'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [Number.NEGATIVE_INFINITY, '-Infinity'],
  ])('writes %d as %s', (value, text) => {
    expect(written(writeFloat, Math.fround(value))).toBe(text)
  })

  test('reads back to the same float', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = written(writeFloat, value)
        expect(Math.fround(Number(text))).toBe(value)
        expect(text).toMatch(/[.e]/)
      }),
      { numRuns: 3000 },
    )
  })

  test('needs no more than six digits where six read back', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 999_999 }),
        fc.integer({ min: -30, max: 30 }),
        (digits, exponent) => {
          const value = Math.fround(Number(`${digits}e${exponent}`))
          const significant = written(writeFloat, value)
            .replace(/e.*/, '')
            .replace('.', '')
            .replace(/^0+|0+$/g, '')
          expect(significant.length).toBeLessThanOrEqual(6)
        },
      ),
      { numRuns: 1000 },
    )
  })
})

test.each([
  [3, '3.0'],
  [0.1, '0.1'],
  [1 / 3, '0.33333333333333331'],
  [2 ** 53, '9007199254740992.0'],
  [1e22, '1e+22'],
  [5e-324, '4.94066e-324'],
])('writeDouble writes %d as %s', (value, text) => {
  expect(written(writeDouble, value)).toBe(text)
})

test('writeDouble reads back to the same double', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      expect(Number(written(writeDouble, value))).toBe(value)
    }),
    { numRuns: 1000 },
  )
})

test('writeHalf needs six digits', () => {
  expect(written(writeHalf, 0.0999755859375)).toBe('0.0999756')
})

test('writeInteger writes what String does', () => {
  fc.assert(
    fc.property(fc.integer({ min: -(2 ** 32), max: 2 ** 32 }), (value) => {
      expect(written(writeInteger, value)).toBe(String(value))
    }),
  )
})
