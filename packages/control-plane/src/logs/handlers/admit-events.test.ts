import { expect, test } from 'vitest'
import { type Admitted, admitEvents } from './admit-events.ts'

type Rejected = NonNullable<Admitted['rejected']>
const hour = 60 * 60 * 1000
const day = 24 * hour
const now = Date.UTC(2026, 10, 21)
const at = (...offsets: number[]) => offsets.map((offset) => ({ timestamp: now + offset, message: 'm' }))

test.each<[string, number[], Rejected | undefined]>([
  ['events of the last minutes', [-60_000, -1, 0, 0], undefined],
  ['events up to two hours ahead', [0, 2 * hour], undefined],
  ['the oldest that is taken', [-14 * day], undefined],
  ['one too new', [0, 2 * hour + 1], { tooNewLogEventStartIndex: 1 }],
  ['two too old', [-20 * day, -14 * day - 1, 0], { tooOldLogEventEndIndex: 2 }],
  ['all too old', [-20 * day, -15 * day], { tooOldLogEventEndIndex: 2 }],
  ['all too new', [3 * hour, 4 * hour], { tooNewLogEventStartIndex: 0 }],
  ['both ends', [-20 * day, 0, 1, 3 * hour], { tooOldLogEventEndIndex: 1, tooNewLogEventStartIndex: 3 }],
])('%s', (_, offsets, rejected) => {
  const events = at(...offsets)
  const admitted = admitEvents(events, now)
  expect(admitted.rejected).toEqual(rejected)
  const { tooOldLogEventEndIndex: begin = 0, tooNewLogEventStartIndex: end = events.length } = rejected ?? {}
  expect(admitted.accepted).toEqual(events.slice(begin, Math.max(begin, end)))
})

test.each([
  ['out of order', at(1, 0), 'Log events in a single PutLogEvents request must be in chronological order.'],
  [
    'longer than a day',
    at(-day - 1, 0),
    'The batch of log events in a single PutLogEvents request cannot span more than 24 hours.',
  ],
  [
    'larger than a megabyte with the overhead',
    [{ timestamp: now, message: 'é'.repeat(524_288 - 12) }],
    'Upload too large: 1048578 bytes exceeds limit of 1048576',
  ],
])('a batch that is %s is refused', (_, events, message) => {
  expect(() => admitEvents(events, now)).toThrow(
    expect.objectContaining({ code: 'InvalidParameterException', message }),
  )
})

test('a batch of just the limit is taken', () => {
  const events = [{ timestamp: now, message: 'é'.repeat(524_288 - 13) }]
  expect(admitEvents(events, now)).toEqual({ accepted: events })
})
