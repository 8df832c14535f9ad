import { expect, it } from 'vitest'
import { limitsFor } from './archive-limits.ts'

const gibibyte = 2 ** 30

it.each([
  ['a small archive', 1, 100, 8],
  ['a large archive', 1 * gibibyte, 100, 50],
  ['a disk that is nearly full', 1 * gibibyte, 5, 4],
  ['a full disk', 1, 0.5, 0],
])('limits what becomes of %s', (_situation, archiveBytes, freeGibibytes, gibibytes) => {
  const limits = limitsFor(archiveBytes, freeGibibytes * gibibyte)
  expect(limits).toEqual({ bytes: gibibytes * gibibyte, entries: 250_000 })
})
