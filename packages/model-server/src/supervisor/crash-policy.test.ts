import { expect, test } from 'vitest'
import { afterCrash } from './crash-policy.ts'

test('starts again at once, then ever more slowly, and gives up in the end', () => {
  const delays: (number | string)[] = []
  for (let crashes = 0; ; ) {
    const next = afterCrash(crashes, 1)
    if ('givesUp' in next) {
      delays.push(next.givesUp)
      break
    }
    delays.push(next.restartAfterSeconds)
    crashes = next.crashes
  }
  expect(delays).toEqual([
    0,
    0,
    0,
    1,
    2,
    4,
    8,
    16,
    30,
    'it crashed 10 times in a row, never serving for 60 s',
  ])
})

test.each([
  ['a minute of service', 60, 0, 1],
  ['less than a minute', 59, 4, 6],
])('%s before the crash', (_situation, servedSeconds, restartAfterSeconds, crashes) => {
  expect(afterCrash(5, servedSeconds)).toEqual({ restartAfterSeconds, crashes })
})
