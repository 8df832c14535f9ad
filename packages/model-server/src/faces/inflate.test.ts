import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { inflate } from './inflate.ts'

const text = Buffer.from('{"inputs": 1}')
const packed = gzipSync(text)

test.each([
  ['gzip', packed, text],
  ['x-GZIP', packed, text],
  ['deflate', text, text],
  ['gzip', text, Buffer.alloc(0)],
  ['gzip', packed.subarray(0, -9), Buffer.alloc(0)],
])('%s of %j', async (encoding, body, expected) => {
  const inflated = await inflate(body, encoding, () => false)
  expect(Buffer.from(inflated)).toEqual(expected)
})

test('what cannot be inflated has memory of its own each time: bodies move to other threads', async () => {
  const [one, other] = await Promise.all([text, text].map((body) => inflate(body, 'gzip', () => false)))
  expect(one?.buffer).not.toBe(other?.buffer)
})

test('nobody waits for it any more', async () => {
  await expect(inflate(packed, 'gzip', () => true)).rejects.toMatchObject({ code: 'CANCELLED' })
})
