import { type Bytes, bytesOf } from '@sagebrush/api'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { modifiedAt, plain, type StoreUnderTest, textOf } from './object-store.contract.ts'
import type { WriteCondition } from './object-store.ts'
import type { Storage } from './storage.ts'
import type { Part, Upload } from './upload-store.ts'

/** What every UploadStore must do. */
export function uploadStoreContract(title: string, open: () => Promise<StoreUnderTest>): void {
  describe(title, () => {
    let under: StoreUnderTest
    let store: Storage
    const upload: Upload = {
      bucket: 'bucket',
      key: 'a',
      id: 'first',
      initiatedAt: modifiedAt,
      attributes: plain,
      checksum: { algorithm: 'CRC32', type: 'COMPOSITE' },
    }
    const checksum = { algorithm: 'CRC32', value: 'AAAAAA==' } as const
    const putPart = (number: number, text: string, { sizeBytes = text.length, id = 'first' } = {}) =>
      store.uploads.putPart(id, number, {
        bytes: bytesOf(text),
        sizeBytes: sizeBytes || undefined,
        finish: () => ({ etag: `etag of ${text}`, modifiedAt, checksum }),
      })
    const complete = (numbers: readonly number[], onlyIf?: WriteCondition) =>
      store.uploads.complete('first', () => ({
        numbers,
        object: { etag: 'whole', modifiedAt, attributes: plain, onlyIf },
      }))
    const text = () => textOf(store, { bucket: 'bucket', key: 'a' })
    const parts = async (after = 0, limit = 1000) => store.uploads.listParts('first', { after, limit })
    const refused = (code: string) => expect.objectContaining({ code })

    beforeEach(async () => {
      under = await open()
      store = under.store
      await store.buckets.createBucket({ name: 'bucket', region: 'us-west-2', createdAt: modifiedAt })
      await store.uploads.create(upload)
    })
    afterEach(async () => under[Symbol.asyncDispose]())

    test('an upload is known by its id until it ends', async () => {
      expect(await store.uploads.get('first')).toEqual(upload)
      await store.uploads.abort('first')
      expect(await store.uploads.get('first')).toBeUndefined()
      await expect(store.uploads.abort('first')).rejects.toEqual(refused('NoSuchUpload'))
      await expect(putPart(1, 'x')).rejects.toEqual(refused('NoSuchUpload'))
      await expect(parts()).rejects.toEqual(refused('NoSuchUpload'))
      await expect(complete([1])).rejects.toEqual(refused('NoSuchUpload'))
    })

    test('an upload needs its bucket, and ends with it', async () => {
      const elsewhere = store.uploads.create({ ...upload, id: 'x', bucket: 'none' })
      await expect(elsewhere).rejects.toEqual(refused('NoSuchBucket'))
      await putPart(1, 'x')
      await store.buckets.deleteBucket('bucket')
      expect(await store.uploads.get('first')).toBeUndefined()
    })

    test('parts are listed in order of number, page by page', async () => {
      for (const number of [3, 1, 10]) await putPart(number, `part ${number}`)
      const part: Part = { number: 1, sizeBytes: 6, etag: 'etag of part 1', modifiedAt, checksum }
      expect((await parts()).parts[0]).toEqual(part)
      expect((await parts()).parts.map(({ number }) => number)).toEqual([1, 3, 10])
      expect((await parts(1, 1)).parts.map(({ number }) => number)).toEqual([3])
      expect((await parts(1, 1)).more).toBe(true)
      expect((await parts(3, 1)).more).toBe(false)
    })

    const shapes: readonly [
      string,
      readonly (readonly [number, string, number?])[],
      readonly number[],
      string,
    ][] = [
      [
        'parts of one size and a shorter last',
        [
          [1, 'aaaa'],
          [2, 'bbbb'],
          [3, 'c'],
        ],
        [1, 2, 3],
        'aaaabbbbc',
      ],
      [
        'parts that come backwards',
        [
          [3, 'cccc'],
          [2, 'bbbb'],
          [1, 'aaaa'],
        ],
        [1, 2, 3],
        'aaaabbbbcccc',
      ],
      [
        'the short last part first',
        [
          [3, 'c'],
          [2, 'bbbb'],
          [1, 'aaaa'],
        ],
        [1, 2, 3],
        'aaaabbbbc',
      ],
      [
        'a part that came twice',
        [
          [1, 'aaaa'],
          [2, 'xxxx'],
          [2, 'bbbb'],
        ],
        [1, 2],
        'aaaabbbb',
      ],
      [
        'a first part that came twice',
        [
          [1, 'xxxx'],
          [1, 'aaaa'],
          [2, 'b'],
        ],
        [1, 2],
        'aaaab',
      ],
      [
        'numbers with gaps',
        [
          [2, 'aaaa'],
          [5, 'bbbb'],
          [9, 'c'],
        ],
        [2, 5, 9],
        'aaaabbbbc',
      ],
      [
        'parts that are left out',
        [
          [1, 'aaaa'],
          [2, 'bbbb'],
          [3, 'cccc'],
        ],
        [1, 3],
        'aaaacccc',
      ],
      [
        'a last part that is left out',
        [
          [1, 'aaaa'],
          [2, 'bbbb'],
          [3, 'cccc'],
        ],
        [1, 2],
        'aaaabbbb',
      ],
      ['one part', [[1, 'only']], [1], 'only'],
      ['one part of no bytes', [[1, '']], [1], ''],
      [
        'parts of all sizes',
        [
          [1, 'a'],
          [2, 'bbbbbbbb'],
          [3, 'cc'],
        ],
        [1, 2, 3],
        'abbbbbbbbcc',
      ],
      [
        'parts that did not tell their size',
        [
          [1, 'aaaa', 0],
          [2, 'bb', 0],
        ],
        [1, 2],
        'aaaabb',
      ],
      [
        'a shorter part amid',
        [
          [1, 'aaaa'],
          [2, 'b'],
          [3, 'cccc'],
        ],
        [1, 2, 3],
        'aaaabcccc',
      ],
    ]
    test.each(shapes)('puts together %s', async (_, sent, numbers, expected) => {
      for (const [number, bytes, sizeBytes] of sent)
        await putPart(number, bytes, sizeBytes === 0 ? { sizeBytes } : {})
      const stored = await complete(numbers)
      expect(stored).toMatchObject({ key: 'a', etag: 'whole', sizeBytes: expected.length, attributes: plain })
      expect(await text()).toBe(expected)
      expect(await store.uploads.get('first')).toBeUndefined()
    })

    test('goes on after a new start, amid the parts', async () => {
      await putPart(2, 'bbbb')
      store = await under.reopen()
      await putPart(3, 'c')
      await putPart(1, 'aaaa')
      store = await under.reopen()
      expect((await parts()).parts.map(({ sizeBytes }) => sizeBytes)).toEqual([4, 4, 1])
      await complete([1, 2, 3])
      expect(await text()).toBe('aaaabbbbc')
    })

    test('many parts at once', async () => {
      const numbers = Array.from({ length: 40 }, (_, index) => index + 1)
      await Promise.all(numbers.map((number) => putPart(number, String(number).padStart(2, '0'))))
      await complete(numbers)
      expect(await text()).toBe(numbers.map((number) => String(number).padStart(2, '0')).join(''))
    })

    test('a part that breaks off leaves the one that was there', async () => {
      await putPart(1, 'aaaa')
      await putPart(2, 'bbbb')
      async function* breaking(): Bytes {
        yield Buffer.from('xx')
        throw new Error('the sender is gone')
      }
      for (const number of [2, 3]) {
        const broken = { bytes: breaking(), sizeBytes: 4, finish: () => ({ etag: 'x', modifiedAt }) }
        await expect(store.uploads.putPart('first', number, broken)).rejects.toThrow('the sender is gone')
      }
      await putPart(3, 'c')
      await complete([1, 2, 3])
      expect(await text()).toBe('aaaabbbbc')
    })

    test('a part with more bytes than announced harms no other', async () => {
      await putPart(1, 'aaaa')
      await putPart(2, 'bbbb')
      await expect(putPart(3, 'ccccc', { sizeBytes: 4 })).rejects.toThrow(RangeError)
      await complete([1, 2])
      expect(await text()).toBe('aaaabbbb')
    })

    test('stores nothing when the assembly says no, and the upload goes on', async () => {
      await putPart(1, 'aaaa')
      const no = store.uploads.complete('first', () => {
        throw new Error('not these parts')
      })
      await expect(no).rejects.toThrow('not these parts')
      await store.objects.put(upload, bytesOf('other'), () => ({ etag: 'x', modifiedAt, attributes: plain }))
      await expect(complete([1], { absent: true })).rejects.toEqual(refused('PreconditionFailed'))
      expect(await text()).toBe('other')
      await putPart(2, 'bbbb')
      await complete([1, 2])
      expect(await text()).toBe('aaaabbbb')
    })

    test('of two that complete it at once, one does', async () => {
      await putPart(1, 'aaaa')
      await putPart(2, 'bb')
      const results = await Promise.allSettled([complete([1, 2]), complete([1, 2])])
      expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
      expect(results.find(({ status }) => status === 'rejected')).toMatchObject({
        reason: { code: 'NoSuchUpload' },
      })
      expect(await text()).toBe('aaaabb')
    })

    describe('the uploads of a bucket', () => {
      const ids = async (query: {
        prefix?: string
        after?: { key: string; id?: string }
        limit?: number
      }) => {
        const page = await store.uploads.list('bucket', { prefix: '', limit: 1000, ...query })
        return [...page.uploads.map(({ id }) => id), ...(page.more ? ['…'] : [])]
      }
      beforeEach(async () => {
        await store.uploads.create({ ...upload, key: 'a', id: 'second' })
        await store.uploads.create({ ...upload, key: 'b/1', id: 'third' })
        await store.uploads.create({ ...upload, key: 'b/2', id: 'alpha' })
      })

      test.each([
        ['all, in order of key and id', {}, ['first', 'second', 'third', 'alpha']],
        ['a page', { limit: 2 }, ['first', 'second', '…']],
        ['a prefix', { prefix: 'b/' }, ['third', 'alpha']],
        ['those behind a key', { after: { key: 'a' } }, ['third', 'alpha']],
        ['those behind a key and an id', { after: { key: 'a', id: 'first' } }, ['second', 'third', 'alpha']],
        ['a prefix from before it', { prefix: 'b/', after: { key: 'a' } }, ['third', 'alpha']],
        ['none', { prefix: 'z' }, []],
      ])('lists %s', async (_, query, expected) => {
        expect(await ids(query)).toEqual(expected)
      })
    })
  })
}
