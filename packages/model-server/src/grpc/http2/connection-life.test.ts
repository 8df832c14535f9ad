import { expect, test } from 'vitest'
import { ConnectionLife, type ConnectionLimits, lookMillis } from './connection-life.ts'

const never = Number.POSITIVE_INFINITY
const limits = (given: Partial<ConnectionLimits>): ConnectionLimits => ({
  ...{ ageMillis: never, ageGraceMillis: never, idleMillis: never, keepAliveMillis: never },
  ...{ keepAliveTimeoutMillis: never, keepsIdleAlive: false },
  ...given,
})

/** [time, bytes read, calls begun, calls under way, what is to be done] */
type Look = readonly [number, number, number, number, string]

test.each<[string, Partial<ConnectionLimits>, readonly Look[]]>([
  ['no limits', {}, [[1e9, 0, 0, 0, 'wait']]],
  [
    'its age, and the grace for what is under way then',
    { ageMillis: 100, ageGraceMillis: 50 },
    [
      [99, 1, 1, 1, 'wait'],
      [100, 2, 3, 1, 'close'],
      [149, 3, 3, 1, 'wait'],
      [150, 4, 3, 1, 'cut'],
    ],
  ],
  [
    'the time without a call, which a short one between two looks begins anew',
    { idleMillis: 100 },
    [
      [90, 0, 1, 0, 'wait'],
      [180, 0, 1, 0, 'wait'],
      [181, 0, 1, 1, 'wait'],
      [280, 0, 1, 0, 'wait'],
      [281, 9, 1, 0, 'close'],
      [999, 9, 1, 0, 'wait'],
    ],
  ],
  [
    'silence during a call',
    { keepAliveMillis: 100, keepAliveTimeoutMillis: 20 },
    [
      [50, 7, 1, 1, 'wait'],
      [150, 7, 1, 1, 'ping'],
      [160, 8, 1, 1, 'wait'],
      [260, 8, 1, 1, 'ping'],
      [279, 8, 1, 1, 'wait'],
      [280, 8, 1, 1, 'cut'],
    ],
  ],
  [
    'silence without a call, which is nothing unless it is asked for',
    { keepAliveMillis: 100 },
    [[1000, 0, 1, 0, 'wait']],
  ],
  ['silence without a call', { keepAliveMillis: 100, keepsIdleAlive: true }, [[1000, 0, 1, 0, 'ping']]],
])('%s', (_situation, given, looks) => {
  const life = new ConnectionLife(limits(given), 0, 0.5)
  const actions = looks.map(([now, bytesRead, callsBegun, callsUnderWay]) =>
    life.look({ bytesRead, callsBegun, callsUnderWay }, now),
  )
  expect(actions).toEqual(looks.map((one) => one[4]))
})

test('ages differ by a tenth to either side', () => {
  const seen = { bytesRead: 0, callsBegun: 0, callsUnderWay: 0 }
  const early = (spread: number) => new ConnectionLife(limits({ ageMillis: 100 }), 0, spread).look(seen, 95)
  expect([early(0), early(1)]).toEqual(['close', 'wait'])
})

test.each([
  [{}, undefined],
  [{ keepAliveTimeoutMillis: 5 }, undefined],
  [{ idleMillis: 400 }, 40],
  [{ ageMillis: 1e9, ageGraceMillis: 50 }, 10],
  [{ keepAliveMillis: 1e9 }, 1000],
])('%j: looks every %s ms', (given, millis) => {
  expect(lookMillis(limits(given))).toBe(millis)
})
