import { createReadStream } from 'node:fs'
import { type ApiError, type Bytes, OperationAborted } from '@sagebrush/api'
import { noSuchBucket, noSuchUpload } from '../s3-refusals.ts'
import type { FilesystemObjects, FilesystemParts } from './filesystem-objects.ts'
import type { IncomingFile } from './object-files.ts'
import type { StoredObject } from './object-store.ts'
import { hasCode, tellingOfFullDisk } from './storage-failure.ts'
import type { IndexedPart } from './upload-index.ts'
import type { UploadQuery, UploadStore } from './upload-store.ts'
import { type Assembly, type NewPart, type Part, partNumberLimit, type Upload } from './upload-store.ts'

/** Parts as plain files (their map: filesystem-places.ts) and rows. */
export class FilesystemUploads implements UploadStore {
  readonly #parts: FilesystemParts
  readonly #objects: FilesystemObjects

  constructor(parts: FilesystemParts, objects: FilesystemObjects) {
    this.#parts = parts
    this.#objects = objects
  }

  async create(upload: Upload): Promise<void> {
    const { commits, index, uploads } = this.#parts
    await tellingOfFullDisk(() =>
      commits.run(() => {
        if (index.bucket(upload.bucket) === undefined) throw noSuchBucket(upload.bucket)
        uploads.insert(upload)
      }),
    )
  }

  async get(id: string): Promise<Upload | undefined> {
    return this.#parts.uploads.get(id)
  }

  async list(bucket: string, query: UploadQuery) {
    const rows = this.#parts.uploads.list(bucket, { ...query, limit: query.limit + 1 })
    return { uploads: rows.slice(0, query.limit), more: rows.length > query.limit }
  }

  async putPart(
    id: string,
    number: number,
    { bytes, finish }: { readonly bytes: Bytes; readonly finish: () => NewPart },
  ): Promise<Part> {
    const { commits, files, uploads } = this.#parts
    if (uploads.get(id) === undefined) throw noSuchUpload(id)
    return tellingOfFullDisk(async () => {
      const file = await files.receive(bytes)
      try {
        const part = { ...finish(), number, sizeBytes: file.sizeBytes }
        await files.keep(file)
        const before = await commits.run(() => uploads.putPart(id, { ...part, file: file.id }))
        if (before !== undefined) await files.removeKept(before)
        return part
      } catch (error) {
        await file[Symbol.asyncDispose]()
        throw error
      }
    })
  }

  async listParts(id: string, { after, limit }: { readonly after: number; readonly limit: number }) {
    const { uploads } = this.#parts
    if (uploads.get(id) === undefined) throw noSuchUpload(id)
    const rows = uploads.parts(id, { after, limit: limit + 1 })
    return { parts: rows.slice(0, limit).map(partTold), more: rows.length > limit }
  }

  async complete(id: string, assemble: (parts: readonly Part[]) => Assembly): Promise<StoredObject> {
    const { files, uploads } = this.#parts
    const upload = uploads.get(id)
    if (upload === undefined) throw noSuchUpload(id)
    const rows = uploads.parts(id, { after: 0, limit: partNumberLimit })
    const { numbers, object } = assemble(rows.map(partTold))
    const chosen = numbers.flatMap((number) => rows.filter((row) => row.number === number))
    return tellingOfFullDisk(async () => {
      await using file = await this.#joined(id, chosen)
      const stored = await this.#objects.adopt(file, upload, {
        describe: () => object,
        also: () => {
          if (chosen.some((row) => uploads.part(id, row.number)?.file !== row.file)) throw this.#disturbed(id)
          uploads.delete(id)
        },
      })
      await Promise.all(rows.map((row) => files.removeKept(row.file)))
      return stored
    })
  }

  async abort(id: string): Promise<void> {
    const { commits, files, uploads } = this.#parts
    const rows = uploads.parts(id, { after: 0, limit: partNumberLimit })
    await tellingOfFullDisk(() => commits.run(() => uploads.delete(id)))
    await Promise.all(rows.map((row) => files.removeKept(row.file)))
  }

  async #joined(id: string, parts: readonly IndexedPart[]): Promise<IncomingFile> {
    const { files } = this.#parts
    const paths = parts.map((part) => files.keptPath(part.file))
    const [only] = parts
    try {
      const isOne = only !== undefined && parts.length === 1
      const file = isOne
        ? await files.share(files.keptPath(only.file), only.sizeBytes)
        : await files.receive(bytesOfFiles(paths))
      if (file !== undefined) return file
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error
    }
    throw this.#disturbed(id)
  }

  /** The parts changed while they were being put together. */
  #disturbed(id: string): ApiError {
    if (this.#parts.uploads.get(id) === undefined) return noSuchUpload(id)
    return OperationAborted(
      'A conflicting conditional operation is currently in progress against this resource. Please try again.',
    )
  }
}

async function* bytesOfFiles(paths: readonly string[]): Bytes {
  for (const path of paths) yield* createReadStream(path, { highWaterMark: 1024 * 1024 })
}

function partTold({ file: _file, ...part }: IndexedPart): Part {
  return part
}
