import { randomBytes } from 'node:crypto'
import { crc32 as zlibCrc32 } from 'node:zlib'
import { expect, test } from 'vitest'
import { type ChecksumAlgorithm, checksumSizeBytes, createChecksum } from './checksum.ts'
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
