import { createHash, randomBytes } from 'node:crypto'
import { crc32 as zlibCrc32 } from 'node:zlib'
import { expect, test } from 'vitest'
import { type ChecksumAlgorithm, checksumSizeBytes, createChecksum, multipartChecksum } from './checksum.ts'
import { slicedBy16 } from './crc32.ts'

const base64 = (algorithm: ChecksumAlgorithm, ...chunks: Uint8Array[]) => {
  const checksum = createChecksum(algorithm)
  for (const chunk of chunks) checksum.update(chunk)
  return checksum.digest().toString('base64')
}

// The check values of the CRC catalogue, and SHA test vectors, all of the text 123456789.
const checkValues: readonly [ChecksumAlgorithm, string][] = [
  ['CRC32', 'cbf43926'],
  ['CRC32C', 'e3069283'],
  ['CRC64NVME', 'ae8b14860a799888'],
  ['SHA1', 'f7c3bc1d808e04732adf679965ccc34ca7ae3441'],
  ['SHA256', '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225'],
]
test.each(checkValues)('%s of 123456789 is %s', (algorithm, hexadecimal) => {
  expect(Buffer.from(base64(algorithm, Buffer.from('123456789')), 'base64').toString('hex')).toBe(hexadecimal)
  expect(hexadecimal.length).toBe(2 * checksumSizeBytes[algorithm])
})

test.each(checkValues)('%s does not depend on how the bytes are cut or aligned', (algorithm) => {
  const bytes = randomBytes(1000)
  const whole = base64(algorithm, bytes)
  for (const cut of [0, 1, 7, 8, 15, 16, 17, 333, 999]) {
    expect(base64(algorithm, bytes.subarray(0, cut), bytes.subarray(cut))).toBe(whole)
  }
})

test('the table-driven CRC-32 agrees with zlib', () => {
  const tableDriven = slicedBy16(0xedb88320)
  for (const size of [0, 1, 15, 16, 31, 1000]) {
    const bytes = randomBytes(size)
    expect(tableDriven(bytes)).toBe(zlibCrc32(bytes))
  }
})

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
