import { createHash } from 'node:crypto'
import { type CrcField, combineCrcs, crc32cField, crc32Field, crc64nvmeField } from './combine-crcs.ts'
import { type Crc32, crc32, crc32c } from './crc32.ts'
import { crc64nvme, emptyCrc64 } from './crc64nvme.ts'

/** Those of S3 that are kept here, in the order in which S3 names them. */
export const checksumAlgorithms = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const
export type ChecksumAlgorithm = (typeof checksumAlgorithms)[number]
/** Of a multipart upload: over the parts' checksums, or over all bytes. */
export type ChecksumType = 'COMPOSITE' | 'FULL_OBJECT'

export interface Checksum {
  update(bytes: Uint8Array): void
  /** Big-endian. */
  digest(): Buffer
}

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

export function isChecksumAlgorithm(name: string): name is ChecksumAlgorithm {
  return checksumAlgorithms.some((algorithm) => algorithm === name)
}

/** Kinds that S3 allows, the default first. Source: Amazon S3 User Guide, "Checking object integrity". */
export const multipartTypes: Readonly<Record<ChecksumAlgorithm, readonly ChecksumType[]>> = {
  CRC32: ['COMPOSITE', 'FULL_OBJECT'],
  CRC32C: ['COMPOSITE', 'FULL_OBJECT'],
  CRC64NVME: ['FULL_OBJECT'],
  SHA1: ['COMPOSITE'],
  SHA256: ['COMPOSITE'],
}

export interface PartChecksum {
  /** Base64. */
  readonly value: string
  readonly sizeBytes: number
}

/** The checksum of an assembled object: base64, with `-N` behind a composite one. */
export function multipartChecksum(
  algorithm: ChecksumAlgorithm,
  type: ChecksumType,
  parts: readonly PartChecksum[],
): string {
  const field = fields[algorithm]
  if (type === 'FULL_OBJECT' && field !== undefined) return fullObjectCrc(field, parts)
  const checksum = createChecksum(algorithm)
  for (const part of parts) checksum.update(Buffer.from(part.value, 'base64'))
  return `${checksum.digest().toString('base64')}-${parts.length}`
}

function fullObjectCrc(field: CrcField, parts: readonly PartChecksum[]): string {
  const crcs = parts.map(({ value, sizeBytes }) => ({
    crc: BigInt(`0x${Buffer.from(value, 'base64').toString('hex')}`),
    sizeBytes,
  }))
  const hexadecimal = combineCrcs(crcs, field).toString(16)
  return Buffer.from(hexadecimal.padStart(field.bits / 4, '0'), 'hex').toString('base64')
}

const fields: Readonly<Partial<Record<ChecksumAlgorithm, CrcField>>> = {
  CRC32: crc32Field,
  CRC32C: crc32cField,
  CRC64NVME: crc64nvmeField,
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
