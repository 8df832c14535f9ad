import { expect, test } from 'vitest'
import { type Frame, FrameReader } from './frames.ts'
import { Outgoing } from './outgoing.ts'

/** What an Outgoing sends, as `stream:text` of each piece of data. */
function recorded() {
  const sent: string[] = []
  const reader = new FrameReader()
  const take = ({ stream, payload }: Frame): void => void sent.push(`${stream}:${payload}`)
  const outgoing = new Outgoing((bytes) => reader.push(bytes, take))
  const since = (): string[] => {
    outgoing.flush()
    return sent.splice(0)
  }
  const open = (...streams: readonly number[]): void => {
    for (const stream of streams) outgoing.open(stream, () => undefined)
  }
  return { outgoing, open, since }
}

const wide = 65_535

test("what the connection's window holds back goes on in turns", () => {
  const { outgoing, open, since } = recorded()
  open(1, 3, 5, 7)
  outgoing.limit({ initialBytes: 4 * wide })
  outgoing.sendData(7, Buffer.alloc(wide))
  since()
  for (const stream of [1, 3, 5]) outgoing.sendData(stream, Buffer.from('abc'))
  expect(since()).toEqual([])
  const turns = [1, 1, 1, 2, 9].map((byteCount) => {
    outgoing.widen(0, byteCount)
    return since()
  })
  expect(turns).toEqual([['1:a'], ['3:a'], ['5:a'], ['1:bc'], ['3:bc', '5:bc']])
})

test('a stream goes on by its own window, by the initial one, and not after it is given up', () => {
  const { outgoing, open, since } = recorded()
  outgoing.limit({ initialBytes: 1 })
  open(1, 3, 5)
  for (const stream of [1, 3, 5]) outgoing.sendData(stream, Buffer.from('abc'))
  expect(since()).toEqual(['1:a', '3:a', '5:a'])
  outgoing.widen(0, 1000)
  expect(since()).toEqual([])
  outgoing.widen(3, 1)
  expect(since()).toEqual(['3:b'])
  outgoing.drop(5)
  outgoing.limit({ initialBytes: 2 })
  expect(since()).toEqual(['1:b', '3:c'])
})

test('data goes in frames as large as the client takes them', () => {
  const { outgoing, open, since } = recorded()
  open(1)
  outgoing.sendData(1, Buffer.alloc(20_000, 'x'))
  expect(since().map((one) => one.length)).toEqual([16_386, 3618])
})
