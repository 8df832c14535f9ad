import { createHash } from 'node:crypto'
import { writeSync } from 'node:fs'
import { bytesOf } from '@sagebrush/api'
import { openDatabase } from '../../../../store/sqlite.ts'
import type { NewObject } from '../../object-store.ts'
import { openFilesystemStorage } from '../filesystem-storage.ts'

// A program to be killed: writes, copies and deletes objects until then, several at once, each over and over at keys of
// its own. Says on stdout what it is about to make of a key, and that it is done:
//
//     begin a/1 27      (the text starts with "27:")
//     done a/1 27
//     begin a/1 -       (deleted)

const [, , directory = '', seed = '0'] = process.argv
const database = openDatabase(directory)
const store = await openFilesystemStorage({ database, directory })
await store.buckets.createBucket({ name: 'bucket', region: 'us-west-2', createdAt: new Date() })

let random = Number(seed)
function below(limit: number): number {
  random = (random * 1103515245 + 12345) % 2147483648
  return Math.floor((random / 2147483648) * limit)
}

const kinds = ['put', 'put', 'copy', 'multipart', 'delete'] as const
let version = Number(seed) * 1_000_000

await Promise.all(['a', 'b', 'c', 'd'].map(work))

async function work(worker: string): Promise<void> {
  const keys = [`${worker}/1`, `${worker}/1/deeper`, `${worker}//odd`, worker]
  for (;;) {
    const key = keys[below(keys.length)] ?? ''
    const text = `${++version}:${'x'.repeat(below(100_000))}`
    const kind = kinds[below(kinds.length)] ?? 'put'
    const value = kind === 'delete' ? '-' : String(version)
    writeSync(1, `begin ${key} ${value}\n`)
    await write(kind, key, text)
    writeSync(1, `done ${key} ${value}\n`)
  }
}

async function write(kind: (typeof kinds)[number], key: string, text: string): Promise<void> {
  const name = { bucket: 'bucket', key }
  const described = (): NewObject => ({
    etag: createHash('md5').update(text).digest('hex'),
    modifiedAt: new Date(),
    attributes: { contentHeaders: {}, metadata: {} },
  })
  if (kind === 'delete') return store.objects.delete(name)
  if (kind === 'put') {
    await store.objects.put(name, bytesOf(text), described)
    return
  }
  if (kind === 'copy') {
    const source = { bucket: 'bucket', key: `${key}.source` }
    await store.objects.put(source, bytesOf(text), described)
    await store.objects.copy(source, name, described)
    return
  }
  const id = `u${text.slice(0, text.indexOf(':'))}`
  await store.uploads.create({ ...name, ...described(), id, initiatedAt: new Date() })
  const half = Math.ceil(text.length / 2)
  const halves = [text.slice(0, half), text.slice(half)]
  await Promise.all(
    halves.map((part, index) =>
      store.uploads.putPart(id, index + 1, {
        bytes: bytesOf(part),
        sizeBytes: part.length,
        finish: () => ({ etag: 'part', modifiedAt: new Date() }),
      }),
    ),
  )
  await store.uploads.complete(id, () => ({ numbers: [1, 2], object: described() }))
}
