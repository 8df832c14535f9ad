import { createHash, randomBytes } from 'node:crypto'
import { type ChecksumAlgorithm, createChecksum } from '@sagebrush/api'
import { expect, test } from 'vitest'
import { multipartChecksum } from './checksum.ts'

const base64 = (algorithm: ChecksumAlgorithm, bytes: Uint8Array) => {
  const checksum = createChecksum(algorithm)
  checksum.update(bytes)
  return checksum.digest().toString('base64')
}

test.each(['CRC32', 'CRC32C', 'CRC64NVME'] as const)(
  '%s of the whole object comes out of the checksums of its parts',
  (algorithm) => {
    const parts = [randomBytes(700), randomBytes(700), randomBytes(1), randomBytes(0), randomBytes(123)]
    const checksums = parts.map((part) => ({ value: base64(algorithm, part), sizeBytes: part.length }))
    expect(multipartChecksum(algorithm, 'FULL_OBJECT', checksums)).toBe(
      base64(algorithm, Buffer.concat(parts)),
    )
  },
)

test('a composite checksum is the checksum of the checksums and the number of parts', () => {
  const parts = [randomBytes(10), randomBytes(20)]
  const digests = parts.map((part) => createHash('sha256').update(part).digest())
  const expected = createHash('sha256').update(Buffer.concat(digests)).digest('base64')
  const checksums = parts.map((part) => ({ value: base64('SHA256', part), sizeBytes: part.length }))
  expect(multipartChecksum('SHA256', 'COMPOSITE', checksums)).toBe(`${expected}-2`)
})
