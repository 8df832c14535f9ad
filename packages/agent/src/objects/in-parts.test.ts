import { describe, expect, it } from 'vitest'
import { inParts } from './in-parts.ts'

describe('inParts', () => {
  it.each([
    ['chunks smaller than a part', [3, 3, 3], [4, 4, 1]],
    ['a chunk of several parts', [10], [4, 4, 2]],
    ['no rest', [4, 4], [4, 4]],
    ['nothing', [], []],
  ])('%s', async (_situation, sizes, expected) => {
    async function* source(): AsyncGenerator<Uint8Array> {
      for (const size of sizes) yield Buffer.alloc(size)
    }
    const parts: number[] = []
    for await (const part of inParts(source(), () => 4)) parts.push(part.length)
    expect(parts).toEqual(expected)
  })
})
