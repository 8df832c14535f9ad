import { expect, test } from 'vitest'
import { nameFromBase } from './names.ts'

const now = new Date('2026-11-20T11:54:30.819Z')

test.each([
  ['tensorflow-training', 'tensorflow-training-2026-11-20-11-54-30-819'],
  ['a'.repeat(60), `${'a'.repeat(39)}-2026-11-20-11-54-30-819`],
  [`${'a'.repeat(38)}-b`, `${'a'.repeat(38)}-2026-11-20-11-54-30-819`],
])('%s becomes a unique name of at most 63 characters', (base, name) => {
  expect(nameFromBase(base, now)).toBe(name)
  expect(name.length).toBeLessThanOrEqual(63)
})
