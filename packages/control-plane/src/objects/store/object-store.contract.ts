import { createHash } from 'node:crypto'
import { type Bytes, bytesOf } from '@sagebrush/api'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { compareKeys } from '../key-order.ts'
import type { NewObject, ObjectName, StoredObject } from './object-store.ts'
import type { Storage } from './storage.ts'

/** A store that lives for one test. */
export interface StoreUnderTest extends AsyncDisposable {
  readonly store: Storage
  /** The same store as it is after the process was killed and started anew. */
  reopen(): Promise<Storage>
}

export const modifiedAt = new Date('2026-11-20T10:00:00.123Z')
export const plain = { contentHeaders: { ContentType: 'text/plain' }, metadata: { a: 'b' } }

export function describedAs(etag: string, more: Partial<NewObject> = {}): () => NewObject {
  return () => ({ etag, modifiedAt, attributes: plain, ...more })
}

export async function textOf(store: Storage, name: ObjectName): Promise<string | undefined> {
  const opened = await store.objects.open(name)
  return opened && (await collect(opened.read()))
}

export async function collect(body: Bytes): Promise<string> {
  let text = ''
  for await (const piece of body) text += Buffer.from(piece).toString('latin1')
  return text
}

/** What every ObjectStore and BucketStore must do. */
export function objectStoreContract(title: string, open: () => Promise<StoreUnderTest>): void {
  describe(title, () => {
    let under: StoreUnderTest
    let store: Storage
    const name = (key: string) => ({ bucket: 'bucket', key })
    const put = (key: string, text: string, more: Partial<NewObject> = {}): Promise<StoredObject> =>
      store.objects.put(name(key), bytesOf(text), describedAs(`etag of ${text}`, more))
    const keys = async (query: { prefix?: string; from?: string; limit?: number }) => {
      const page = await store.objects.list('bucket', { prefix: '', from: '', limit: 1000, ...query })
      return [...page.objects.map(({ key }) => key), ...(page.more ? ['…'] : [])]
    }
    const refused = (code: string) => expect.objectContaining({ code })

    beforeEach(async () => {
      under = await open()
      store = under.store
      await store.buckets.createBucket({ name: 'bucket', region: 'us-west-2', createdAt: modifiedAt })
    })
    afterEach(async () => under[Symbol.asyncDispose]())

    describe('buckets', () => {
      test('are made once, and known by name', async () => {
        const other = { name: 'another', region: 'eu-west-1', createdAt: modifiedAt }
        expect(await store.buckets.createBucket(other)).toBe(true)
        expect(await store.buckets.createBucket({ ...other, region: 'x' })).toBe(false)
        expect(await store.buckets.getBucket('another')).toEqual(other)
        expect(await store.buckets.getBucket('none')).toBeUndefined()
        expect((await store.buckets.listBuckets()).map(({ name: found }) => found)).toEqual([
          'another',
          'bucket',
        ])
      })

      test('go only when they are empty', async () => {
        await put('a', '1')
        await expect(store.buckets.deleteBucket('bucket')).rejects.toEqual(refused('BucketNotEmpty'))
        await store.objects.delete(name('a'))
        await store.buckets.deleteBucket('bucket')
        expect(await store.buckets.getBucket('bucket')).toBeUndefined()
        await expect(store.buckets.deleteBucket('bucket')).rejects.toEqual(refused('NoSuchBucket'))
      })

      test('are needed by what is written', async () => {
        const elsewhere = { bucket: 'none', key: 'a' }
        const write = store.objects.put(elsewhere, bytesOf('1'), describedAs('x'))
        await expect(write).rejects.toEqual(refused('NoSuchBucket'))
        await expect(store.objects.delete(elsewhere)).rejects.toEqual(refused('NoSuchBucket'))
        await put('a', '1')
        const copied = store.objects.copy(name('a'), elsewhere, describedAs('x'))
        await expect(copied).rejects.toEqual(refused('NoSuchBucket'))
      })
    })

    describe('put', () => {
      test('keeps bytes and what is said of them', async () => {
        const stored = await put('a', 'hello')
        const { localPath: _, ...facts } = stored
        const expected = {
          bucket: 'bucket',
          key: 'a',
          sizeBytes: 5,
          etag: 'etag of hello',
          modifiedAt,
          attributes: plain,
        }
        expect(facts).toEqual(expected)
        expect(await store.objects.head(name('a'))).toEqual(stored)
        expect(await textOf(store, name('a'))).toBe('hello')
      })

      test('replaces what was there', async () => {
        await put('a', 'first')
        await put('a', 'second, longer')
        await put('a', '3')
        expect(await textOf(store, name('a'))).toBe('3')
        expect(await keys({})).toEqual(['a'])
      })

      test('stores nothing when the body breaks off', async () => {
        await put('a', 'before')
        async function* breaking(): Bytes {
          yield Buffer.from('half')
          throw new Error('the sender is gone')
        }
        await expect(store.objects.put(name('a'), breaking(), describedAs('x'))).rejects.toThrow(
          'the sender is gone',
        )
        await expect(store.objects.put(name('b'), breaking(), describedAs('x'))).rejects.toThrow(
          'the sender is gone',
        )
        expect(await textOf(store, name('a'))).toBe('before')
        expect(await keys({})).toEqual(['a'])
      })

      test('stores nothing when the finish says no', async () => {
        const no = () => {
          throw new Error('not these bytes')
        }
        await expect(store.objects.put(name('a'), bytesOf('x'), no)).rejects.toThrow('not these bytes')
        expect(await store.objects.head(name('a'))).toBeUndefined()
      })

      test('writes only where nothing is, if asked', async () => {
        const onlyIf = { absent: true } as const
        await put('a', '1', { onlyIf })
        await expect(put('a', '2', { onlyIf })).rejects.toEqual(refused('PreconditionFailed'))
        expect(await textOf(store, name('a'))).toBe('1')
      })

      test('of many at once that want the place for themselves, one wins', async () => {
        const all = Array.from({ length: 8 }, (_, n) => put('a', String(n), { onlyIf: { absent: true } }))
        const results = await Promise.allSettled(all)
        expect(results.filter(({ status }) => status === 'fulfilled').length).toBe(1)
      })

      test('writes only over what it was told of, if asked', async () => {
        await put('a', '1')
        await put('a', '2', { onlyIf: { etag: 'etag of 1' } })
        const stale = put('a', '3', { onlyIf: { etag: 'etag of 1' } })
        await expect(stale).rejects.toEqual(refused('PreconditionFailed'))
        const absent = put('b', '3', { onlyIf: { etag: 'etag of 1' } })
        await expect(absent).rejects.toEqual(refused('NoSuchKey'))
        expect(await textOf(store, name('a'))).toBe('2')
      })

      test('takes bodies in pieces of any size', async () => {
        const sizes = [0, 1, 70_000, 3, 600_000, 0, 5]
        const pieces = sizes.map((size, index) => Buffer.alloc(size, index + 1))
        async function* body(): Bytes {
          yield* pieces
        }
        const stored = await store.objects.put(name('a'), body(), describedAs('x'))
        expect(stored.sizeBytes).toBe(670_009)
        const text = await textOf(store, name('a'))
        expect(sha(Buffer.from(text ?? '', 'latin1'))).toBe(sha(Buffer.concat(pieces)))
      })

      test('writes of the same key at once leave one of them whole', async () => {
        const bodies = Array.from({ length: 10 }, (_, n) => String(n).repeat(1000 * (n + 1)))
        await Promise.all(bodies.map((body) => put('a', body)))
        expect(bodies).toContain(await textOf(store, name('a')))
      })
    })

    describe('open', () => {
      test('reads a range, both ends included', async () => {
        await put('a', '0123456789')
        const opened = await store.objects.open(name('a'))
        expect(await collect(opened?.read({ start: 3, end: 5 }) ?? bytesOf())).toBe('345')
      })

      test('knows nothing of what is not there', async () => {
        expect(await store.objects.open(name('a'))).toBeUndefined()
        expect(await store.objects.head(name('a'))).toBeUndefined()
      })

      test('goes on with the old bytes when they are replaced or deleted', async () => {
        await put('a', 'old')
        await using before = await store.objects.open(name('a'))
        await put('a', 'new')
        await using between = await store.objects.open(name('a'))
        await store.objects.delete(name('a'))
        expect(await collect(before?.read() ?? bytesOf())).toBe('old')
        expect(await collect(between?.read() ?? bytesOf())).toBe('new')
        expect(before?.object.etag).toBe('etag of old')
      })

      test('may be broken off, before and amid the reading', async () => {
        await put('a', 'x'.repeat(1_000_000))
        for (let round = 0; round < 3; round++) {
          const opened = await store.objects.open(name('a'))
          await opened?.read()[Symbol.asyncIterator]().return?.()
          const again = await store.objects.open(name('a'))
          for await (const piece of again?.read() ?? bytesOf()) if (piece.length > 0) break
        }
        expect((await textOf(store, name('a')))?.length).toBe(1_000_000)
      })
    })

    describe('copy', () => {
      test('makes an object of its own', async () => {
        await put('a', 'one')
        const copied = await store.objects.copy(name('a'), name('b'), (from) => ({ ...from, etag: 'copy' }))
        await put('a', 'two')
        await store.objects.delete(name('a'))
        expect(copied?.sizeBytes).toBe(3)
        expect((await store.objects.head(name('b')))?.etag).toBe('copy')
        expect(await textOf(store, name('b'))).toBe('one')
      })

      test('onto itself changes what is said of it', async () => {
        await put('a', 'one')
        const attributes = { ...plain, metadata: { new: 'yes' } }
        await store.objects.copy(name('a'), name('a'), (from) => ({ ...from, attributes }))
        expect((await store.objects.head(name('a')))?.attributes).toEqual(attributes)
        expect(await textOf(store, name('a'))).toBe('one')
      })

      test('of nothing is nothing', async () => {
        expect(await store.objects.copy(name('a'), name('b'), describedAs('x'))).toBeUndefined()
        expect(await store.objects.copy(name('a'), name('a'), describedAs('x'))).toBeUndefined()
      })
    })

    describe('delete', () => {
      test('is the same twice', async () => {
        await put('a', '1')
        await store.objects.delete(name('a'))
        await store.objects.delete(name('a'))
        expect(await store.objects.head(name('a'))).toBeUndefined()
      })

      test('takes only what it was told of, if asked', async () => {
        await put('a', '1')
        const stale = store.objects.delete(name('a'), { etag: 'other' })
        await expect(stale).rejects.toEqual(refused('PreconditionFailed'))
        await store.objects.delete(name('a'), { etag: 'etag of 1' })
        const gone = store.objects.delete(name('a'), { etag: 'etag of 1' })
        await expect(gone).rejects.toEqual(refused('NoSuchKey'))
      })
    })

    describe('keys', () => {
      const strange = [
        'a',
        'a/b',
        'a//b',
        'a/',
        '/a',
        '.',
        '..',
        '../../etc/passwd',
        'x/../y',
        'x/./y',
        'nul\0byte',
        'line\nbreak',
        '100%',
        '%2e%2e/',
        'é',
        'e\u0301',
        '😀/🎉',
        'A',
        '.sagebrush/x',
        'con',
        ' space ',
        'back\\slash',
        'x'.repeat(300),
        `${'y/'.repeat(400)}z`,
        'ÿ'.repeat(512),
      ]

      test('of every kind live side by side', async () => {
        for (const key of strange) await put(key, `text of ${key}`)
        for (const key of strange) {
          const expected = Buffer.from(`text of ${key}`).toString('latin1')
          expect(await textOf(store, name(key)), key).toBe(expected)
        }
        expect(await keys({})).toEqual([...strange].sort(compareKeys))
        for (const key of strange) await store.objects.delete(name(key))
        expect(await keys({})).toEqual([])
        await store.buckets.deleteBucket('bucket')
      })

      test('that are the folders of others come and go in any order', async () => {
        await put('a/b/c', '1')
        await put('a/b', '2')
        await put('a', '3')
        await store.objects.delete(name('a/b'))
        await put('a/b/d', '4')
        await store.objects.delete(name('a/b/c'))
        await put('a/b', '5')
        expect(await keys({})).toEqual(['a', 'a/b', 'a/b/d'])
        expect(await Promise.all(['a', 'a/b', 'a/b/d'].map((key) => textOf(store, name(key))))).toEqual([
          '3',
          '5',
          '4',
        ])
      })
    })

    describe('list', () => {
      beforeEach(async () => {
        const all = ['a', 'b/1', 'b/2', 'b0', 'c', '\uffff', '😀']
        await Promise.all(all.map((key) => put(key, key)))
      })

      test.each([
        ['everything, in order of bytes', {}, ['a', 'b/1', 'b/2', 'b0', 'c', '\uffff', '😀']],
        ['a prefix', { prefix: 'b/' }, ['b/1', 'b/2']],
        ['from a key on, itself included', { from: 'b/2', limit: 2 }, ['b/2', 'b0', '…']],
        ['a prefix from before it', { prefix: 'b/', from: 'a' }, ['b/1', 'b/2']],
        ['a prefix from amid it', { prefix: 'b/', from: 'b/11' }, ['b/2']],
        ['a prefix from behind it', { prefix: 'b/', from: 'c' }, []],
        ['just as many as there are', { prefix: 'b/', limit: 2 }, ['b/1', 'b/2']],
        ['one less', { prefix: 'b', limit: 2 }, ['b/1', 'b/2', '…']],
        ['a prefix without a successor', { prefix: '😀' }, ['😀']],
      ])('gives %s', async (_, query, expected) => {
        expect(await keys(query)).toEqual(expected)
      })

      test('knows each bucket by itself', async () => {
        expect(await store.objects.list('other', { prefix: '', from: '', limit: 10 })).toEqual({
          objects: [],
          more: false,
        })
      })
    })

    test('all that was acknowledged is there after a new start', async () => {
      await put('a', '1')
      await put('a', '2')
      await put('b', '3')
      await store.objects.delete(name('b'))
      const before = await store.objects.head(name('a'))
      store = await under.reopen()
      expect(await store.objects.head(name('a'))).toEqual(before)
      expect(await textOf(store, name('a'))).toBe('2')
      expect(await keys({})).toEqual(['a'])
    })
  })
}

function sha(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
