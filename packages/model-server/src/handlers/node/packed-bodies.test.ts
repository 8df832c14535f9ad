import { expect, test } from 'vitest'
import { BodyPacker, bodyReader, isMovable, movedBytes } from './packed-bodies.ts'

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString()

test('bodies come out in the order in which they went in, copied or moved', () => {
  const packer = new BodyPacker()
  const large = new Uint8Array(movedBytes).fill(7)
  const packed = [
    packer.add(Buffer.from('one')),
    packer.move(large),
    packer.add(Buffer.from('')),
    packer.add(Buffer.from('two')),
  ]
  const { block, moved } = packer.finish()
  const received = structuredClone({ packed, block }, { transfer: [...moved] })
  expect(large.length).toBe(0)
  const read = bodyReader(received.block)
  const [one, big, none, two] = received.packed.map((body) => read(body))
  expect([one, none, two].map((body) => body && text(body))).toEqual(['one', '', 'two'])
  expect(big?.length).toBe(movedBytes)
  expect(big?.every((byte) => byte === 7)).toBe(true)
})

test('without bodies there is no block', () => {
  const packer = new BodyPacker()
  const packed = packer.add(new Uint8Array(0))
  expect(packer.finish()).toEqual({ block: undefined, moved: [] })
  expect(bodyReader(undefined)(packed)).toEqual(new Uint8Array(0))
})

test.each([
  ['small', new Uint8Array(10), false],
  ['large', new Uint8Array(movedBytes), true],
  ['large, but a part of more', new Uint8Array(movedBytes + 1).subarray(1), false],
  ['large, but shared', new Uint8Array(new SharedArrayBuffer(movedBytes)), false],
])('a body that is %s', (_case, body, movable) => {
  expect(isMovable(body)).toBe(movable)
})
