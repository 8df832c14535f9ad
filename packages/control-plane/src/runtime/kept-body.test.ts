import { bytesOf, heldBytes } from '@sagebrush/api'
import { expect, test } from 'vitest'
import { repeatable } from './kept-body.ts'

async function* pieces(...lengths: readonly number[]) {
  for (const length of lengths) yield new Uint8Array(length)
}

async function lengthsOf(body: AsyncIterable<Uint8Array>): Promise<number[]> {
  const lengths: number[] = []
  for await (const piece of body) lengths.push(piece.length)
  return lengths
}

test('a small body can be read again, also by one who comes while the first still waits', async () => {
  const body = repeatable(pieces(1, 2, 3))
  const first = body[Symbol.asyncIterator]()
  await first.next()
  const waiting = first.next()
  expect(await lengthsOf(body)).toEqual([1, 2, 3])
  expect((await waiting).value).toHaveLength(2)
  expect(body.isRepeatable).toBe(true)
  expect(await lengthsOf(body)).toEqual([1, 2, 3])
})

test('a large body is read once, and none of it is kept', async () => {
  const body = repeatable(pieces(200_000, 62_144, 1, 5))
  expect(await lengthsOf(body)).toEqual([200_000, 62_144, 1, 5])
  expect(body.isRepeatable).toBe(false)
})

test('what breaks off for one reader breaks off for the next', async () => {
  const broken = repeatable(
    (async function* () {
      yield* bytesOf('x')
      throw new Error('broke off')
    })(),
  )
  await expect(lengthsOf(broken)).rejects.toThrow('broke off')
  await expect(lengthsOf(broken)).rejects.toThrow('broke off')
})

test('a body that is in memory stays as it is', async () => {
  const body = repeatable(bytesOf(new Uint8Array(500_000)))
  expect(heldBytes(body)).toHaveLength(500_000)
  expect(body.isRepeatable).toBe(true)
  for (let times = 0; times < 2; times++) expect(await lengthsOf(body)).toEqual([500_000])
})
