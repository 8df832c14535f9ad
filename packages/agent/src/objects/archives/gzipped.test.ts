import { randomBytes } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { gzipped } from './gzipped.ts'

const MiB = 1 << 20
async function* chunksOf(bytes: Buffer, size = 70_001): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
const pack = (bytes: Buffer) => buffer(gzipped(chunksOf(bytes)))

describe('gzipped', () => {
  it.each<[string, Buffer, number, number]>([
    ['nothing', Buffer.alloc(0), 0, 30],
    ['a few bytes', Buffer.from('hello'), 0, 40],
    ['zeros shrink', Buffer.alloc(8 * MiB), 0, MiB],
    ['noise is stored', randomBytes(4 * MiB), 4 * MiB, 4 * MiB + 4096],
    [
      'one after the other',
      Buffer.concat([randomBytes(3 * MiB), Buffer.alloc(3 * MiB), randomBytes(MiB)]),
      4 * MiB,
      4.2 * MiB,
    ],
  ])('is read back by gunzip: %s', async (_situation, bytes, least, most) => {
    const packed = await pack(bytes)
    expect(gunzipSync(packed).equals(bytes)).toBe(true)
    expect(packed.length).toBeGreaterThanOrEqual(least)
    expect(packed.length).toBeLessThanOrEqual(most)
  })

  it('throws what its source throws', async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield randomBytes(2 * MiB)
      throw new RangeError('the disk broke')
    }
    await expect(buffer(gzipped(failing()))).rejects.toThrow(RangeError)
  })
})
