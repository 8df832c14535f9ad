import { expect, test } from 'vitest'
import { type Frame, FrameReader, frameHead } from './frames.ts'

const frames: Frame[] = [
  { kind: 1, id: 7, meta: ['é', null, 5], body: Buffer.from('body') },
  { kind: 16, id: 0, meta: undefined, body: Buffer.of() },
  { kind: 19, id: 2 ** 32 - 1, meta: 'text/plain', body: Buffer.alloc(3_000, 'x') },
]
const wire = Buffer.concat(frames.flatMap((frame) => [frameHead(frame), frame.body]))

test.each([1, 2, 13, 40, wire.length])('frames come out of pieces of %i bytes as they went in', (size) => {
  const reader = new FrameReader()
  const read: Frame[] = []
  for (let start = 0; start < wire.length; start += size)
    read.push(...reader.push(wire.subarray(start, start + size)))
  expect(read).toEqual(frames)
})
