import type { FileHandle } from 'node:fs/promises'
import type { Bytes } from '@sagebrush/api'
import type { ByteRange } from '../../object-store.ts'

/**
 * The bytes of an open file, which is closed at the end, on a failure, and when the reader breaks off; also when it
 * breaks off before the first byte, which a generator would not notice.
 */
export function fileBytes(file: FileHandle, range: ByteRange): Bytes {
  let position = range.start
  const read = async (): Promise<IteratorResult<Uint8Array>> => {
    const left = range.end + 1 - position
    if (left <= 0) return finish()
    const buffer = Buffer.allocUnsafeSlow(Math.min(pieceBytes, left))
    const { bytesRead } = await file.read(buffer, 0, buffer.length, position)
    if (bytesRead === 0) throw new Error('a file of the data directory was cut short while it was read')
    position += bytesRead
    return { done: false, value: buffer.subarray(0, bytesRead) }
  }
  const finish = async (): Promise<IteratorResult<Uint8Array>> => {
    position = range.end + 1
    await file.close()
    return { done: true, value: undefined }
  }
  const iterator: AsyncIterator<Uint8Array> = {
    next: () => read().catch((error) => finish().then(() => Promise.reject(error))),
    return: finish,
  }
  return { [Symbol.asyncIterator]: () => iterator }
}

const pieceBytes = 256 * 1024
