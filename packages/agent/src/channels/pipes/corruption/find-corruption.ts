import { crc32c, masked } from './crc32c.ts'

export type RecordFormat = 'TFRecord' | 'RecordIO'

/** What is wrong with a stream of records, and the byte at which the record begins; undefined when all are sound. */
export interface Corruption {
  readonly what: string
  readonly position: number
}

/**
 * Looks for the first record that is not what was written. In constant memory.
 *
 *   TFRecord   <u8 length> <u4 checksum of it> payload <u4 checksum of it>
 *   RecordIO   <u4 0xced7230a> <u4 part << 29 | length> payload, padded to 4 bytes
 */
export async function findCorruption(
  bytes: AsyncIterable<Uint8Array>,
  format: RecordFormat,
): Promise<Corruption | undefined> {
  const reader = new ByteReader(bytes)
  const check = format === 'TFRecord' ? checkTfRecord : checkRecordIo
  try {
    for (;;) {
      const { position } = reader
      const what = await check(reader)
      if (what === 'end') return undefined
      if (what !== undefined) return { what, position }
    }
  } finally {
    await reader.close()
  }
}

type Check = (reader: ByteReader) => Promise<string | undefined>

const cutOff = 'a record is cut off'

const checkTfRecord: Check = async (reader) => {
  const header = await reader.take(12)
  if (header.length === 0) return 'end'
  if (header.length < 12) return cutOff
  if (masked(crc32c(header.subarray(0, 8))) !== header.readUInt32LE(8))
    return "a record's length does not match its checksum"
  const length = Number(header.readBigUInt64LE(0))
  let crc = 0
  const isWhole = await reader.pass(length, (piece) => {
    crc = crc32c(piece, crc)
  })
  const footer = await reader.take(4)
  if (!isWhole || footer.length < 4) return cutOff
  return masked(crc) === footer.readUInt32LE(0) ? undefined : 'a record does not match its checksum'
}

const checkRecordIo: Check = async (reader) => {
  const header = await reader.take(8)
  if (header.length === 0) return 'end'
  if (header.length < 8) return cutOff
  if (header.readUInt32LE(0) !== 0xced7230a) return 'no RecordIO record begins'
  const length = header.readUInt32LE(4) & 0x1fff_ffff
  return (await reader.pass(Math.ceil(length / 4) * 4, () => {})) ? undefined : cutOff
}

class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>
  #rest: Buffer = Buffer.alloc(0)
  #position = 0

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.#chunks = bytes[Symbol.asyncIterator]()
  }

  get position(): number {
    return this.#position
  }

  /** So many bytes, fewer at the end. */
  async take(count: number): Promise<Buffer> {
    const pieces: Buffer[] = []
    await this.pass(count, (piece) => pieces.push(piece))
    return Buffer.concat(pieces)
  }

  /** False when the stream ends before. */
  async pass(count: number, see: (piece: Buffer) => void): Promise<boolean> {
    for (let left = count; left > 0; ) {
      if (this.#rest.length === 0 && !(await this.#refill())) return false
      const piece = this.#rest.subarray(0, left)
      this.#rest = this.#rest.subarray(piece.length)
      this.#position += piece.length
      left -= piece.length
      see(piece)
    }
    return true
  }

  async close(): Promise<void> {
    await this.#chunks.return?.()
  }

  async #refill(): Promise<boolean> {
    const next = await this.#chunks.next()
    if (next.done === true) return false
    this.#rest = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength)
    return true
  }
}
