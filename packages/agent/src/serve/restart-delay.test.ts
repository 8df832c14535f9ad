import { expect, it } from 'vitest'
import { isSteady, restartDelaySeconds } from './restart-delay.ts'

it('starts again at once, then ever more slowly, up to half a minute', () => {
  expect([0, 1, 2, 3, 4, 5, 6, 60].map(restartDelaySeconds)).toEqual([0, 1, 2, 4, 8, 16, 30, 30])
})

it('forgives a server that has served for a minute', () => {
  expect([59, 60].map(isSteady)).toEqual([false, true])
})
