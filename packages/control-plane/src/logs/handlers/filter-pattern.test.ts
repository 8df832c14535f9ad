import { expect, test } from 'vitest'
import { parseFilterPattern } from './filter-pattern.ts'

const messages = ['ERROR disk full', 'ERROR timeout, will retry', 'WARN disk slow', 'say "hi" now']

test.each([
  ['', messages],
  ['  ', messages],
  ['ERROR', ['ERROR disk full', 'ERROR timeout, will retry']],
  ['error', []],
  ['ERROR disk', ['ERROR disk full']],
  ['"disk full"', ['ERROR disk full']],
  ['"full disk"', []],
  ['ERROR -retry', ['ERROR disk full']],
  ['-ERROR', ['WARN disk slow', 'say "hi" now']],
  ['-"disk full" ERROR', ['ERROR timeout, will retry']],
  ['?full ?slow', ['ERROR disk full', 'WARN disk slow']],
  ['?full WARN', ['WARN disk slow']],
  ['"\\"hi\\""', ['say "hi" now']],
])('the pattern %j finds %j', (pattern, found) => {
  expect(messages.filter(parseFilterPattern(pattern))).toEqual(found)
})

test.each(['{ $.level = "ERROR" }', '[ip, user, size > 10]', '%ERR.*%'])(
  'the pattern %j is refused',
  (pattern) => {
    expect(() => parseFilterPattern(pattern)).toThrow(
      expect.objectContaining({
        code: 'InvalidParameterException',
        message: expect.stringContaining(pattern),
      }),
    )
  },
)
