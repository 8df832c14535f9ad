import type { FileHandle } from 'node:fs/promises'
import type { Bytes } from '@sagebrush/api'

export interface WritePlace {
  /** Where in the file the first byte goes. */
  readonly position: number
  /** More bytes than these are an error, found before they are written. */
  readonly limitBytes: number
}

/**
 * Writes the body to the file, onto the disk itself, and returns its size in bytes. While one batch is being written the
 * next is read and gathered, so that at most two batches and a piece are held. Throws RangeError past the limit.
 */
export async function writeStreamToFile(
  file: FileHandle,
  body: Bytes,
  { position, limitBytes }: WritePlace = { position: 0, limitBytes: Number.POSITIVE_INFINITY },
): Promise<number> {
  await using writer = new BatchWriter(file, position)
  let sizeBytes = 0
  for await (const piece of body) {
    sizeBytes += piece.length
    if (sizeBytes > limitBytes) throw new RangeError(`the body is larger than ${limitBytes} bytes`)
    await writer.write(piece)
  }
  await writer.finish()
  return sizeBytes
}

class BatchWriter implements AsyncDisposable {
  readonly #file: FileHandle
  #position: number
  #batch: Uint8Array[] = []
  #batchBytes = 0
  #unsyncedBytes = 0
  #writing: Promise<unknown> = Promise.resolve()
  #syncing: Promise<unknown> = Promise.resolve()

  constructor(file: FileHandle, position: number) {
    this.#file = file
    this.#position = position
  }

  async write(piece: Uint8Array): Promise<void> {
    this.#batch.push(piece)
    this.#batchBytes += piece.length
    if (this.#batchBytes >= batchLimitBytes || this.#batch.length >= batchLimitPieces) await this.#flush()
  }

  async finish(): Promise<void> {
    await this.#flush()
    await this.#writing
    await this.#syncing
    await this.#file.sync()
  }

  /** The file may be closed after this. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.allSettled([this.#writing, this.#syncing])
  }

  async #flush(): Promise<void> {
    await this.#writing
    this.#writing = handled(writeWhole(this.#file, this.#batch, this.#position))
    this.#position += this.#batchBytes
    this.#unsyncedBytes += this.#batchBytes
    this.#batch = []
    this.#batchBytes = 0
    if (this.#unsyncedBytes >= syncedAtOnceBytes) await this.#startSync()
  }

  /** The disk works while more bytes arrive, instead of all at once at the end. */
  async #startSync(): Promise<void> {
    await this.#syncing
    this.#syncing = handled(this.#file.datasync())
    this.#unsyncedBytes = 0
  }
}

const batchLimitBytes = 512 * 1024
const batchLimitPieces = 512
const syncedAtOnceBytes = 32 * 1024 * 1024

/** Awaited later, and until then its failure must not count as unhandled. */
function handled<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined)
  return work
}

async function writeWhole(file: FileHandle, pieces: readonly Uint8Array[], start: number): Promise<void> {
  let left = pieces
  let position = start
  while (left.length > 0) {
    const { bytesWritten } = await file.writev(left, position)
    position += bytesWritten
    left = without(left, bytesWritten)
  }
}

function without(pieces: readonly Uint8Array[], written: number): readonly Uint8Array[] {
  let skip = written
  let index = 0
  for (; index < pieces.length; index++) {
    const length = pieces[index]?.length ?? 0
    if (skip < length) break
    skip -= length
  }
  const [first, ...rest] = pieces.slice(index)
  return first === undefined ? [] : [first.subarray(skip), ...rest]
}
