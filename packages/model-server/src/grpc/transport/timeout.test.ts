import { expect, test } from 'vitest'
import { timeoutMillis } from './timeout.ts'

test.each([
  ['1H', 3_600_000],
  ['2M', 120_000],
  ['3S', 3000],
  ['40m', 40],
  ['5000u', 5],
  ['6000000n', 6],
  ['99999999S', 99_999_999_000],
  ['', Number.POSITIVE_INFINITY],
  ['123456789S', Number.POSITIVE_INFINITY],
  ['-1S', Number.POSITIVE_INFINITY],
  ['1s', Number.POSITIVE_INFINITY],
])('"%s" is %d ms', (text, millis) => {
  expect(timeoutMillis(text)).toBeCloseTo(millis)
})
