import {
  chmod,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  unlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Bytes, bytesOf } from '@sagebrush/api'
import { expect, test } from 'vitest'
import { openDatabase } from '../../../store/sqlite.ts'
import {
  describedAs,
  modifiedAt,
  objectStoreContract,
  type StoreUnderTest,
  textOf,
} from '../object-store.contract.ts'
import { uploadStoreContract } from '../upload-store.contract.ts'
import { openFilesystemStorage } from './filesystem-storage.ts'

objectStoreContract('objects as plain files', open)
uploadStoreContract('uploads as plain files', open)

interface FilesUnderTest extends StoreUnderTest {
  readonly directory: string
  run(sql: string): void
  /** All files below `objects/` and `uploads/`. */
  files(): Promise<string[]>
}

async function open(): Promise<FilesUnderTest> {
  const directory = await mkdtemp(join(tmpdir(), 'objects-'))
  let database = openDatabase(directory)
  return {
    directory,
    run: (sql) => database.exec(sql),
    store: await openFilesystemStorage({ database, directory }),
    reopen: async () => {
      database.close()
      database = openDatabase(directory)
      return openFilesystemStorage({ database, directory })
    },
    files: async () => {
      const entries = await readdir(directory, { recursive: true, withFileTypes: true })
      const files = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('sagebrush.db'))
      return files.map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1)).sort()
    },
    [Symbol.asyncDispose]: async () => {
      database.close()
      await rm(directory, { recursive: true })
    },
  }
}

async function opened() {
  const under = await open()
  const { store } = under
  await store.buckets.createBucket({ name: 'bucket', region: 'us-west-2', createdAt: modifiedAt })
  const name = (key: string) => ({ bucket: 'bucket', key })
  const put = (key: string, text: string) => store.objects.put(name(key), bytesOf(text), describedAs('e'))
  return { under, store, name, put }
}

test('an object lies at its own key, read-only, and says where', async () => {
  const { under, put } = await opened()
  await using _ = under
  const { localPath = '' } = await put('train/data.csv', '1,2')
  expect(localPath).toBe(join(under.directory, 'objects/bucket/train/data.csv'))
  expect(await readFile(localPath, 'utf8')).toBe('1,2')
  expect((await stat(localPath)).mode & 0o777).toBe(0o444)
})

test('writing over leaves one file, and deleting none, nor empty folders', async () => {
  const { under, store, name, put } = await opened()
  await using _ = under
  await put('a/b/c', '1')
  await put('a/b/c', '2')
  expect((await under.files()).length).toBe(1)
  await put('a/b/c', '3')
  expect(await under.files()).toEqual(['objects/bucket/a/b/c'])
  await store.objects.delete(name('a/b/c'))
  expect(await readdir(join(under.directory, 'objects'), { recursive: true })).toEqual(['bucket'])
  expect(await under.files()).toEqual([])
})

test('an upload whose parts come in their places is never copied', async () => {
  const { under, store, name } = await opened()
  await using _ = under
  await store.uploads.create({
    ...name('big'),
    id: 'u',
    initiatedAt: modifiedAt,
    attributes: { contentHeaders: {}, metadata: {} },
  })
  for (const [number, text] of [
    [2, 'bbbb'],
    [1, 'aaaa'],
    [3, 'c'],
  ] as const) {
    const finish = () => ({ etag: text, modifiedAt })
    await store.uploads.putPart('u', number, { bytes: bytesOf(text), sizeBytes: text.length, finish })
  }
  expect(await under.files()).toEqual(['uploads/u-4'])
  const before = await stat(join(under.directory, 'uploads/u-4'))
  const stored = await store.uploads.complete('u', () => ({
    numbers: [1, 2, 3],
    object: describedAs('whole')(),
  }))
  expect((await stat(stored.localPath ?? '')).ino).toBe(before.ino)
  expect(await under.files()).toEqual(['objects/bucket/big'])
})

test('a part that breaks off gives its space back', async () => {
  const { under, store, name } = await opened()
  await using _ = under
  const attributes = { contentHeaders: {}, metadata: {} }
  await store.uploads.create({ ...name('big'), id: 'u', initiatedAt: modifiedAt, attributes })
  const putPart = (number: number, bytes: Bytes) =>
    store.uploads.putPart('u', number, { bytes, sizeBytes: 4, finish: () => ({ etag: 'e', modifiedAt }) })
  async function* breaking(): Bytes {
    yield Buffer.from('xx')
    throw new Error('the sender is gone')
  }
  await expect(putPart(3, breaking())).rejects.toThrow('the sender is gone')
  expect(await under.files()).toEqual([])
  await putPart(1, bytesOf('aaaa'))
  await Promise.allSettled([putPart(2, breaking()), putPart(3, breaking())])
  expect((await stat(join(under.directory, 'uploads/u-4'))).size).toBe(4)
  await store.uploads.abort('u')
  expect(await under.files()).toEqual([])
})

test('a file that somebody removed makes the object missing, not the server fail', async () => {
  const { under, store, name, put } = await opened()
  await using _ = under
  const { localPath = '' } = await put('a', '1')
  await unlink(localPath)
  await expect(store.objects.open(name('a'))).rejects.toMatchObject({
    code: 'NoSuchKey',
    message: 'The file that held this object was removed from the data directory by another program.',
  })
  await expect(store.objects.copy(name('a'), name('b'), describedAs('e'))).rejects.toMatchObject({
    code: 'NoSuchKey',
  })
  await store.objects.delete(name('a'))
  await put('a', '2')
  expect(await textOf(store, name('a'))).toBe('2')
})

test('a file that somebody changed is not handed out as the object', async () => {
  const { under, store, name, put } = await opened()
  await using _ = under
  const { localPath = '' } = await put('a', '12345')
  await chmod(localPath, 0o644)
  await truncate(localPath, 3)
  await expect(store.objects.open(name('a'))).rejects.toMatchObject({ code: 'InternalError' })
})

test('what somebody else has put into the folders stays, and is gone around', async () => {
  const { under, name, put } = await opened()
  await using _ = under
  await mkdir(join(under.directory, 'objects/bucket/mine'))
  await writeFile(join(under.directory, 'objects/bucket/mine/note.txt'), 'private')
  await put('mine/note.txt', 'object')
  await put('mine', 'object too')
  const again = await under.reopen()
  expect(await textOf(again, name('mine/note.txt'))).toBe('object')
  await again.objects.delete(name('mine/note.txt'))
  expect(await readFile(join(under.directory, 'objects/bucket/mine/note.txt'), 'utf8')).toBe('private')
})

test('a new start sweeps what a killed server left on its way', async () => {
  const { under, name, put } = await opened()
  await using _ = under
  await put('kept', '1')
  const objects = join(under.directory, 'objects/bucket')
  const uploads = join(under.directory, 'uploads')
  await writeFile(join(uploads, 'half'), 'half a body')
  await writeFile(join(uploads, 'placed'), 'placed, but not yet in the index')
  await mkdir(join(objects, 'new'))
  await link(join(uploads, 'placed'), join(objects, 'new/key'))
  await writeFile(
    join(uploads, 'placed.place'),
    JSON.stringify({ ...name('new/key'), place: 'bucket/new/key' }),
  )
  await writeFile(join(uploads, 'other'), 'was about to be placed where something else stands')
  await writeFile(join(uploads, 'other.place'), JSON.stringify({ ...name('kept~'), place: 'bucket/kept' }))
  await writeFile(join(uploads, 'torn.place'), '{"bucket":"buc')
  await writeFile(join(objects, 'kept~old'), 'written over, but not yet removed')
  under.run("INSERT INTO discarded_places VALUES ('bucket/kept~old'), ('bucket/removed already')")
  const store = await under.reopen()
  expect(await under.files()).toEqual(['objects/bucket/kept'])
  expect(await textOf(store, name('kept'))).toBe('1')
})
