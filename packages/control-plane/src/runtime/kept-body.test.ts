import { bytesOf } from '@sagebrush/api'
import { expect, test } from 'vitest'
import { KeptBody } from './kept-body.ts'

async function* pieces(...lengths: readonly number[]) {
  for (const length of lengths) yield new Uint8Array(length)
}

async function lengthsOf(body: AsyncIterable<Uint8Array>): Promise<number[]> {
  const lengths: number[] = []
  for await (const piece of body) lengths.push(piece.length)
  return lengths
}

test('a small body can be read again, also by one who comes while the first still waits', async () => {
  const body = new KeptBody(pieces(1, 2, 3))
  const first = body[Symbol.asyncIterator]()
  await first.next()
  const waiting = first.next()
  expect(await lengthsOf(body)).toEqual([1, 2, 3])
  expect((await waiting).value).toHaveLength(2)
  expect(body.isRepeatable).toBe(true)
  expect(await lengthsOf(body)).toEqual([1, 2, 3])
})

test('a large body is read once, and none of it is kept', async () => {
  const body = new KeptBody(pieces(200_000, 62_144, 1, 5))
  expect(await lengthsOf(body)).toEqual([200_000, 62_144, 1, 5])
  expect(body.isRepeatable).toBe(false)
})

test('what breaks off for one reader breaks off for the next', async () => {
  const broken = new KeptBody(
    (async function* () {
      yield* bytesOf('x')
      throw new Error('broke off')
    })(),
  )
  await expect(lengthsOf(broken)).rejects.toThrow('broke off')
  await expect(lengthsOf(broken)).rejects.toThrow('broke off')
})
