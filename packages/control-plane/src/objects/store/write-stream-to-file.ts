import type { FileHandle } from 'node:fs/promises'
import type { Bytes } from '@sagebrush/api'

/**
 * Appends the body to the file and returns its size in bytes. While one batch is being written the next is read and
 * gathered, so that at most two batches and a piece are held.
 */
export async function writeStreamToFile(file: FileHandle, body: Bytes): Promise<number> {
  let sizeBytes = 0
  let batch: Uint8Array[] = []
  let batchBytes = 0
  let writing: Promise<void> = Promise.resolve()
  const flush = async () => {
    await writing
    const pieces = batch
    batch = []
    batchBytes = 0
    writing = writeWhole(file, pieces)
    // Awaited before the next batch, or at the end; until then a failure must not count as unhandled.
    writing.catch(() => undefined)
  }
  try {
    for await (const piece of body) {
      sizeBytes += piece.length
      batchBytes += piece.length
      batch.push(piece)
      if (batchBytes >= batchLimitBytes || batch.length >= batchLimitPieces) await flush()
    }
    if (batch.length > 0) await flush()
  } finally {
    await writing
  }
  return sizeBytes
}

const batchLimitBytes = 512 * 1024
const batchLimitPieces = 512

async function writeWhole(file: FileHandle, pieces: readonly Uint8Array[]): Promise<void> {
  let left = pieces
  while (left.length > 0) {
    const { bytesWritten } = await file.writev(left)
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
