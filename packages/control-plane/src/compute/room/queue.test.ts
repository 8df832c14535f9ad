import { expect, test } from 'vitest'
import { admitted, type Waiting } from './queue.ts'
import { noRoom } from './room.ts'

const waiting = (id: string, second: number, cpus: number): Waiting => ({
  id,
  createdAt: new Date(second * 1000),
  share: { ...noRoom, cpus },
})
const free = (cpus: number, groups = 100) => ({ room: { ...noRoom, cpus }, groups })

test.each<[string, readonly Waiting[], ReturnType<typeof free>, readonly string[]]>([
  ['nobody waits', [], free(4), []],
  ['all fit', [waiting('a', 1, 1), waiting('b', 2, 2)], free(4), ['a', 'b']],
  ['the oldest goes first', [waiting('b', 2, 1), waiting('a', 1, 1)], free(1), ['a']],
  ['a small one does not overtake a large one', [waiting('a', 1, 4), waiting('b', 2, 1)], free(2), []],
  ['the large one has its turn', [waiting('a', 1, 4), waiting('b', 2, 1)], free(4), ['a']],
  ['no more than so many groups', [waiting('a', 1, 1), waiting('b', 2, 1)], free(4, 1), ['a']],
  ['none while more run than may', [waiting('a', 1, 1)], free(4, -1), []],
  [
    'the same millisecond keeps the order of coming',
    [waiting('z', 1, 1), waiting('a', 1, 1)],
    free(1),
    ['z'],
  ],
  ['what asks for nothing waits for nothing', [waiting('a', 1, 0)], free(-2), []],
])('%s', (_situation, all, room, ids) => {
  expect(admitted(all, room)).toEqual(ids)
})
