import { type FileHandle, open } from 'node:fs/promises'
import { StatusError } from '../status.ts'
import { maskedCrc32c } from './crc32c.ts'

/**
 * The records of a TFRecord file, one at a time, checked:
 *
 *     uint64 length | uint32 masked CRC of the length | data | uint32 masked CRC of the data     (little-endian)
 *
 * Throws StatusError DATA_LOSS for one that is corrupt or cut off, and Node's error where there is no file.
 */
export async function* readRecords(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    for (let position = 0; position < size; ) {
      const head = await readAt(file, position, 12)
      const length = Number(head.readBigUInt64LE(0))
      if (head.readUInt32LE(8) !== maskedCrc32c(head.subarray(0, 8)))
        throw unreadable('corrupted', path, position)
      if (length > size - position - 16) throw unreadable('truncated', path, position)
      const record = await readAt(file, position + 12, length + 4)
      const data = record.subarray(0, length)
      if (record.readUInt32LE(length) !== maskedCrc32c(data)) throw unreadable('corrupted', path, position)
      yield data
      position += length + 16
    }
  } finally {
    await file.close()
  }

  async function readAt(from: FileHandle, position: number, length: number): Promise<Buffer> {
    const { buffer, bytesRead } = await from.read(Buffer.alloc(length), 0, length, position)
    if (bytesRead < length) throw unreadable('truncated', path, position)
    return buffer
  }
}

/** Source: TensorFlow, lib/io/record_reader.cc, for the text. */
const unreadable = (how: 'corrupted' | 'truncated', path: string, position: number): StatusError =>
  new StatusError('DATA_LOSS', `${how} record at ${position} of ${path}`)
