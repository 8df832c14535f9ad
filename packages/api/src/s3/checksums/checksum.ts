import { createHash } from 'node:crypto'
import { type Crc32, crc32, crc32c } from './crc32.ts'
import { crc64nvme, emptyCrc64 } from './crc64nvme.ts'

/** Those of S3 that are kept here, in the order in which S3 names them. */
export const checksumAlgorithms = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const
export type ChecksumAlgorithm = (typeof checksumAlgorithms)[number]
export interface Checksum {
  update(bytes: Uint8Array): void
  /** Big-endian. */
  digest(): Buffer
}

/** One for one body: fed piece by piece, and asked once. */
export function createChecksum(algorithm: ChecksumAlgorithm): Checksum {
  return makers[algorithm]()
}

export const checksumSizeBytes: Readonly<Record<ChecksumAlgorithm, number>> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
}

/** Exactly as S3 spells it. */
export function isChecksumAlgorithm(name: string): name is ChecksumAlgorithm {
  return checksumAlgorithms.some((algorithm) => algorithm === name)
}

const makers: Readonly<Record<ChecksumAlgorithm, () => Checksum>> = {
  CRC32: () => running32(crc32),
  CRC32C: () => running32(crc32c),
  CRC64NVME: running64,
  SHA1: () => createHash('sha1'),
  SHA256: () => createHash('sha256'),
}

function running32(step: Crc32): Checksum {
  let crc = 0
  return {
    update: (bytes) => {
      crc = step(bytes, crc)
    },
    digest: () => {
      const bytes = Buffer.alloc(4)
      bytes.writeUInt32BE(crc)
      return bytes
    },
  }
}

function running64(): Checksum {
  let crc = emptyCrc64
  return {
    update: (bytes) => {
      crc = crc64nvme(bytes, crc)
    },
    digest: () => {
      const bytes = Buffer.alloc(8)
      bytes.writeUInt32BE(crc.high)
      bytes.writeUInt32BE(crc.low, 4)
      return bytes
    },
  }
}
