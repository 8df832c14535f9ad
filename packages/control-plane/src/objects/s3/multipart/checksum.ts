import { type ChecksumAlgorithm, createChecksum } from '@sagebrush/api'
import type { ChecksumType } from '../../store/object-store.ts'
import { type CrcField, combineCrcs, crc32cField, crc32Field, crc64nvmeField } from './combine-crcs.ts'

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
