import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SmallServer } from '../testing/small-server.ts'
import { objectsClient } from './objects-client.ts'
import { partBytes, writeObject } from './write-object.ts'

const MiB = 1 << 20
let server: SmallServer
beforeEach(async () => {
  server = await SmallServer.start()
  server.buckets.add('bucket')
})
afterEach(() => server[Symbol.asyncDispose]())

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' }
const write = (bytes: AsyncIterable<Uint8Array>) =>
  writeObject(
    {
      client: objectsClient({ endpoint: server.endpoint, region: 'us-west-2', credentials }),
      place: { bucket: 'bucket', key: 'a b/model.tar.gz' },
    },
    bytes,
  )
const stored = () => server.objects.get('bucket/a b/model.tar.gz')

async function* chunks(count: number, sizeBytes: number): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < count; index++) yield Buffer.alloc(sizeBytes, index + 1)
}

describe('writeObject', () => {
  it.each([
    ['nothing', 0],
    ['a small object', 1],
    ['an object of just one part', 8],
  ])('stores %s with one call', async (_situation, count) => {
    await write(chunks(count, MiB))
    expect(stored()?.length).toBe(count * MiB)
    expect(server.calls).toEqual(['PutObject'])
  })

  it('stores a larger one in parts, in their order', async () => {
    await write(chunks(40, MiB))
    expect(stored()?.length).toBe(40 * MiB)
    expect([stored()?.at(0), stored()?.at(20 * MiB), stored()?.at(-1)]).toEqual([1, 21, 40])
    expect(server.calls.filter((call) => call === 'UploadPart')).toHaveLength(5)
    expect(server.uploads.size).toBe(0)
  })

  it('repeats a call that broke off', async () => {
    const faults = ['before', 'after'] as const
    let parts = 0
    server.fault = (operation) => (operation === 'UploadPart' ? faults[parts++] : undefined)
    await write(chunks(20, MiB))
    expect(stored()?.length).toBe(20 * MiB)
  })

  it('leaves nothing behind when the source fails', async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield* chunks(40, MiB)
      throw new Error('the disk broke')
    }
    await expect(write(failing())).rejects.toThrow('the disk broke')
    expect(stored()).toBeUndefined()
    expect(server.uploads.size).toBe(0)
  })

  it('stores nothing when a source fails before the first part is full', async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield Buffer.alloc(10)
      throw new Error('the disk broke')
    }
    await expect(write(failing())).rejects.toThrow('the disk broke')
    expect(server.calls).toEqual([])
  })
})

describe('partBytes', () => {
  it('fits the largest model into the parts that S3 takes', () => {
    const sizes = Array.from({ length: 10_000 }, (_, index) => partBytes(index + 1))
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeGreaterThan(500 * 1024 * MiB)
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(5 * MiB)
  })
})
