import { maskedCrc32c } from '../warm-up/crc32c.ts'

/** One TFRecord: length, its CRC, data, its CRC. */
export function framedRecord(data: Uint8Array): Buffer {
  const frame = Buffer.alloc(data.length + 16)
  frame.writeBigUInt64LE(BigInt(data.length), 0)
  frame.writeUInt32LE(maskedCrc32c(frame.subarray(0, 8)), 8)
  frame.set(data, 12)
  frame.writeUInt32LE(maskedCrc32c(data), 12 + data.length)
  return frame
}
