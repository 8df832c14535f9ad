import { describe, expect, it } from 'vitest'
import { parseTimestamp, writeTimestamp } from './timestamp.ts'

const at = new Date(1700000000250)

describe('timestamps', () => {
  it.each([
    ['epoch-seconds', '1700000000.25'],
    ['iso8601', '2023-11-14T22:13:20.250Z'],
    ['http-date', 'Tue, 14 Nov 2023 22:13:20 GMT'],
  ] as const)('are written as %s', (format, text) => {
    expect(writeTimestamp(at, format)).toBe(text)
  })

  it.each([
    ['1700000000.25', 1700000000250],
    ['-1', -1000],
    ['1.7e9', 1700000000000],
    ['2023-11-14T22:13:20.250Z', 1700000000250],
    ['2023-11-14T22:13:20', 1700000000000],
    ['2023-11-14T23:13:20+01:00', 1700000000000],
    ['2023-11-14', 1699920000000],
    ['Tue, 14 Nov 2023 22:13:20 GMT', 1700000000000],
    ['Tuesday, 14-Nov-23 22:13:20 GMT', 1700000000000],
    ['Tue Nov 14 22:13:20 2023', 1700000000000],
  ])('are read from %s', (text, millis) => {
    expect(parseTimestamp(text)?.getTime()).toBe(millis)
  })

  it.each([
    [''],
    ['now'],
    ['2023-13-01'],
    ['2023-11-14T25:00:00Z'],
    ['1e300'],
    ['Tue, 99 Nov 2023 22:13:20 GMT'],
    ['14/11/2023'],
  ])('are not read from %j', (text) => {
    expect(parseTimestamp(text)).toBeUndefined()
  })
})
