import { mkdir, open } from 'node:fs/promises'
import { type Bytes, InternalError } from '@sagebrush/api'
import { hasCode } from '../../../system-error.ts'
import { noSuchBucket, noSuchKey } from '../../s3-refusals.ts'
import type {
  BucketInfo,
  BucketStore,
  NewObject,
  ObjectName,
  ObjectPage,
  ObjectQuery,
  ObjectStore,
  OpenObject,
  StoredObject,
} from '../object-store.ts'
import { fileBytes } from './files/file-bytes.ts'
import type { IncomingFile, ObjectFiles } from './files/object-files.ts'
import type { GroupCommit } from './index/group-commit.ts'
import type { IndexedObject, ObjectIndex } from './index/object-index.ts'
import type { UploadIndex } from './index/upload-index.ts'
import { tellingOfFullDisk } from './storage-failure.ts'

export interface FilesystemParts {
  readonly files: ObjectFiles
  readonly index: ObjectIndex
  readonly uploads: UploadIndex
  readonly commits: GroupCommit
}

/** Objects as plain files (their map: filesystem-places.ts) and rows. */
export class FilesystemObjects implements BucketStore, ObjectStore {
  readonly #files: ObjectFiles
  readonly #index: ObjectIndex
  readonly #uploads: UploadIndex
  readonly #commits: GroupCommit
  /** Emptied already, to be forgotten with the next commit. */
  #emptied: string[] = []

  constructor({ files, index, uploads, commits }: FilesystemParts) {
    this.#files = files
    this.#index = index
    this.#uploads = uploads
    this.#commits = commits
  }

  async createBucket(bucket: BucketInfo): Promise<boolean> {
    return tellingOfFullDisk(async () => {
      const isNew = await this.#commits.run(() => this.#index.insertBucket(bucket))
      await mkdir(this.#files.pathOf(bucket.name), { recursive: true })
      return isNew
    })
  }

  async getBucket(name: string): Promise<BucketInfo | undefined> {
    return this.#index.bucket(name)
  }

  async listBuckets(): Promise<readonly BucketInfo[]> {
    return this.#index.buckets()
  }

  async deleteBucket(name: string): Promise<void> {
    const parts = await this.#commits.run(() => {
      this.#index.deleteBucket(name)
      return this.#uploads.deleteOfBucket(name)
    })
    for (const part of parts) await this.#files.removeKept(part.file)
    await this.#files.removeBucket(name)
  }

  async put(name: ObjectName, body: Bytes, finish: () => NewObject): Promise<StoredObject> {
    return tellingOfFullDisk(async () => {
      if (this.#index.bucket(name.bucket) === undefined) throw noSuchBucket(name.bucket)
      await using file = await this.#files.receive(body)
      return await this.adopt(file, name, { describe: finish })
    })
  }

  async copy(
    source: ObjectName,
    target: ObjectName,
    finish: (source: StoredObject) => NewObject,
  ): Promise<StoredObject | undefined> {
    if (source.bucket === target.bucket && source.key === target.key) return this.#change(source, finish)
    return tellingOfFullDisk(() =>
      this.#withFile(source, async (row) => {
        await using file = await this.#files.share(this.#files.pathOf(row.place), row.sizeBytes)
        return file && (await this.adopt(file, target, { describe: () => finish(this.#told(row)) }))
      }),
    )
  }

  async open(name: ObjectName): Promise<OpenObject | undefined> {
    return this.#withFile(name, async (row) => {
      const file = await open(this.#files.pathOf(row.place), 'r').catch(undefinedIfMissing)
      if (file === undefined) return undefined
      const { size } = await file.stat()
      if (size !== row.sizeBytes) {
        await file.close()
        throw InternalError('The file that holds this object was changed by another program.', {
          details: { Key: row.key },
        })
      }
      return {
        object: this.#told(row),
        read: (range = { start: 0, end: row.sizeBytes - 1 }) => fileBytes(file, range),
        [Symbol.asyncDispose]: () => file.close(),
      }
    })
  }

  async head(name: ObjectName): Promise<StoredObject | undefined> {
    const row = this.#index.object(name)
    return row && this.#told(row)
  }

  async list(bucket: string, query: ObjectQuery): Promise<ObjectPage> {
    const rows = this.#index.objects(bucket, { ...query, limit: query.limit + 1 })
    const objects = rows.slice(0, query.limit).map((row) => this.#told(row))
    return { objects, more: rows.length > query.limit }
  }

  async delete(name: ObjectName, onlyIf?: { readonly etag: string }): Promise<void> {
    await tellingOfFullDisk(async () => {
      const places = await this.#commits.run(() => this.#index.deleteObject(name, onlyIf))
      await this.#empty(places)
    })
  }

  /** Makes the file the object: first its place, then its row, in one transaction with `also`; last the old file goes. */
  async adopt(
    file: IncomingFile,
    name: ObjectName,
    { describe, also }: { readonly describe: () => NewObject; readonly also?: () => void },
  ): Promise<StoredObject> {
    const object = describe()
    const place = await this.#files.place(file, name)
    const row = { place, sizeBytes: file.sizeBytes }
    const write = () => {
      also?.()
      this.#index.forget(this.#emptied.splice(0))
      return this.#index.putObject(name, row, object)
    }
    const places = await this.#commits.run(write).catch(async (error) => {
      await this.#files.removePlace(place)
      throw error
    })
    await this.#empty(places)
    const { etag, modifiedAt, attributes } = object
    return this.#told({ ...name, ...row, etag, modifiedAt, attributes })
  }

  async #change(
    name: ObjectName,
    finish: (source: StoredObject) => NewObject,
  ): Promise<StoredObject | undefined> {
    return tellingOfFullDisk(() =>
      this.#commits.run(() => {
        const row = this.#index.object(name)
        if (row === undefined) return undefined
        const object = finish(this.#told(row))
        this.#index.putObject(name, row, object)
        const { etag, modifiedAt, attributes } = object
        return this.#told({ ...row, etag, modifiedAt, attributes })
      }),
    )
  }

  /** `use` says undefined when the file is gone: the row may have changed meanwhile, so it is asked again. */
  async #withFile<T>(
    name: ObjectName,
    use: (row: IndexedObject) => Promise<T | undefined>,
  ): Promise<T | undefined> {
    let before: string | undefined
    for (;;) {
      const row = this.#index.object(name)
      if (row === undefined) return undefined
      if (row.place === before) throw fileMissing(name.key)
      const result = await use(row)
      if (result !== undefined) return result
      before = row.place
    }
  }

  /** What can't be removed now is tried again at the next start: the write it belongs to is done. */
  async #empty(places: readonly string[]): Promise<void> {
    for (const place of places) {
      await this.#files.removePlace(place).then(
        () => this.#emptied.push(place),
        () => undefined,
      )
    }
  }

  #told({ place, ...object }: IndexedObject): StoredObject {
    return { ...object, localPath: this.#files.pathOf(place) }
  }
}

function undefinedIfMissing(error: unknown): undefined {
  if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw error
}

/** Told as a missing key, for clients try again what they take for a passing failure. */
function fileMissing(key: string) {
  const error = noSuchKey(key)
  error.message = 'The file that held this object was removed from the data directory by another program.'
  return error
}
