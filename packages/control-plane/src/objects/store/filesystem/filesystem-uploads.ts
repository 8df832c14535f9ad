import { open } from 'node:fs/promises'
import { type ApiError, type Bytes, OperationAborted } from '@sagebrush/api'
import { hasCode } from '../../../system-error.ts'
import { noSuchBucket, noSuchUpload } from '../../s3-refusals.ts'
import type { StoredObject } from '../object-store.ts'
import {
  type Assembly,
  type Part,
  type PartBody,
  partNumberLimit,
  type Upload,
  type UploadQuery,
  type UploadStore,
} from '../upload-store.ts'
import { fileBytes } from './files/file-bytes.ts'
import type { IncomingFile } from './files/object-files.ts'
import { jointBytes, PartSlots, type Slot } from './files/part-slots.ts'
import type { FilesystemObjects, FilesystemParts } from './filesystem-objects.ts'
import type { IndexedPart } from './index/upload-index.ts'
import { tellingOfFullDisk } from './storage-failure.ts'

/** Parts as plain files (their map: filesystem-places.ts) and rows. */
export class FilesystemUploads implements UploadStore {
  readonly #parts: FilesystemParts
  readonly #objects: FilesystemObjects
  readonly #slots = new PartSlots()

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

  async putPart(id: string, number: number, body: PartBody): Promise<Part> {
    const { uploads } = this.#parts
    if (uploads.get(id) === undefined) throw noSuchUpload(id)
    const slot = this.#slotFor(id, number, body.sizeBytes)
    return tellingOfFullDisk(() =>
      slot === undefined ? this.#putAlone(id, number, body) : this.#putInSlot(id, { ...body, number, slot }),
    )
  }

  async listParts(id: string, { after, limit }: { readonly after: number; readonly limit: number }) {
    const { uploads } = this.#parts
    if (uploads.get(id) === undefined) throw noSuchUpload(id)
    const rows = uploads.parts(id, { after, limit: limit + 1 })
    return { parts: rows.slice(0, limit).map(partTold), more: rows.length > limit }
  }

  async complete(id: string, assemble: (parts: readonly Part[]) => Assembly): Promise<StoredObject> {
    const { uploads } = this.#parts
    const upload = uploads.get(id)
    if (upload === undefined) throw noSuchUpload(id)
    const rows = uploads.parts(id, { after: 0, limit: partNumberLimit })
    const { numbers, object } = assemble(rows.map(partTold))
    const chosen = numbers.flatMap((number) => rows.filter((row) => row.number === number))
    return tellingOfFullDisk(async () => {
      const [first] = chosen
      using seal = first && jointBytes(chosen, rows) !== undefined ? this.#slots.seal(id, first) : undefined
      await using file = await this.#joined(id, chosen, seal !== undefined)
      const stored = await this.#objects.adopt(file, upload, {
        describe: () => object,
        also: () => {
          if (chosen.some((row) => uploads.part(id, row.number)?.file !== row.file)) throw this.#disturbed(id)
          uploads.delete(id)
        },
      })
      await this.#removeFiles(id, rows)
      return stored
    })
  }

  async abort(id: string): Promise<void> {
    const { commits, uploads } = this.#parts
    const rows = uploads.parts(id, { after: 0, limit: partNumberLimit })
    await tellingOfFullDisk(() => commits.run(() => uploads.delete(id)))
    await this.#removeFiles(id, rows)
  }

  /** A part that was acknowledged is never written over in its place. */
  #slotFor(id: string, number: number, sizeBytes: number | undefined): Slot | undefined {
    const { uploads } = this.#parts
    if (!sizeBytes || uploads.part(id, number) !== undefined) return undefined
    return this.#slots.claim({ id, number, sizeBytes, joined: uploads.joinedPart(id) })
  }

  async #putAlone(id: string, number: number, { bytes, finish }: PartBody): Promise<Part> {
    const { files } = this.#parts
    const { id: file, sizeBytes } = await files.receive(bytes)
    try {
      return await this.#record(id, { ...finish(), number, sizeBytes, file })
    } catch (error) {
      await files.removeKept(file)
      throw error
    }
  }

  async #putInSlot(
    id: string,
    { number, slot, bytes, finish, sizeBytes: limitBytes = 0 }: PartBody & { number: number; slot: Slot },
  ): Promise<Part> {
    const { file, position } = slot
    try {
      const sizeBytes = await this.#parts.files.receiveInto(file, bytes, { position, limitBytes })
      return await this.#record(id, { ...finish(), number, sizeBytes, file, position })
    } catch (error) {
      slot[Symbol.dispose]()
      await this.#trimJoint(id, file)
      throw error
    } finally {
      slot[Symbol.dispose]()
    }
  }

  async #record(id: string, part: IndexedPart): Promise<Part> {
    const { commits, files, uploads } = this.#parts
    await files.syncKept()
    const before = await commits.run(() => uploads.putPart(id, part))
    if (before !== undefined && before.position === undefined) await files.removeKept(before.file)
    return partTold(part)
  }

  /** Gives the space back that a failed part has taken, unless other parts are under way: then the last that fails does. */
  async #trimJoint(id: string, file: string): Promise<void> {
    using seal = this.#slots.seal(id, { file })
    if (seal === undefined) return
    const { files, uploads } = this.#parts
    const rows = uploads.parts(id, { after: 0, limit: partNumberLimit })
    const ends = rows.map(({ position, sizeBytes }) => (position === undefined ? 0 : position + sizeBytes))
    await files.trimKept(file, Math.max(0, ...ends))
    if (uploads.get(id) === undefined) this.#slots.forget(id)
  }

  async #joined(id: string, parts: readonly IndexedPart[], isWhole: boolean): Promise<IncomingFile> {
    const { files } = this.#parts
    const [first] = parts
    try {
      const file =
        isWhole && first !== undefined
          ? await files.receiveKept(
              first.file,
              parts.reduce((sum, part) => sum + part.sizeBytes, 0),
            )
          : await files.receive(this.#bytesOf(parts))
      if (file !== undefined) return file
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error
    }
    throw this.#disturbed(id)
  }

  async *#bytesOf(parts: readonly IndexedPart[]): Bytes {
    for (const { file: id, position = 0, sizeBytes } of parts) {
      const file = await open(this.#parts.files.keptPath(id), 'r')
      yield* fileBytes(file, { start: position, end: position + sizeBytes - 1 })
    }
  }

  async #removeFiles(id: string, parts: readonly IndexedPart[]): Promise<void> {
    const joint = this.#slots.forget(id)
    const names = new Set([...parts.map((part) => part.file), ...(joint === undefined ? [] : [joint])])
    for (const name of names) await this.#parts.files.removeKept(name)
  }

  /** The parts changed while they were being put together. */
  #disturbed(id: string): ApiError {
    if (this.#parts.uploads.get(id) === undefined) return noSuchUpload(id)
    return OperationAborted(
      'A conflicting conditional operation is currently in progress against this resource. Please try again.',
    )
  }
}

function partTold({ file: _file, position: _position, ...part }: IndexedPart): Part {
  return part
}
