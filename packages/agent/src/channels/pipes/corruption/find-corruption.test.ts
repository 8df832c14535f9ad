import { expect, test } from 'vitest'
import { crc32c, masked } from './crc32c.ts'
import { findCorruption, type RecordFormat } from './find-corruption.ts'

function tfRecord(text: string): Buffer {
  const payload = Buffer.from(text)
  const bytes = Buffer.alloc(16 + payload.length)
  bytes.writeBigUInt64LE(BigInt(payload.length), 0)
  bytes.writeUInt32LE(masked(crc32c(bytes.subarray(0, 8))), 8)
  payload.copy(bytes, 12)
  bytes.writeUInt32LE(masked(crc32c(payload)), 12 + payload.length)
  return bytes
}

function recordIo(text: string): Buffer {
  const bytes = Buffer.alloc(8 + Math.ceil(text.length / 4) * 4)
  bytes.writeUInt32LE(0xced7230a, 0)
  bytes.writeUInt32LE(text.length, 4)
  bytes.write(text, 8)
  return bytes
}

function broken(bytes: Buffer, position: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[position] = (copy[position] ?? 0) ^ 1
  return copy
}

/** In pieces that fit no record. */
async function* inPieces(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += 7) yield bytes.subarray(start, start + 7)
}

const records = Buffer.concat([tfRecord('first'), tfRecord(''), tfRecord('third')])
const wrapped = Buffer.concat([recordIo('first'), recordIo(''), recordIo('third')])

test('the checksum is that of the published check value', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283)
})

test.each<[string, RecordFormat, Buffer, object | undefined]>([
  ['sound records', 'TFRecord', records, undefined],
  ['nothing', 'TFRecord', Buffer.alloc(0), undefined],
  [
    'a payload that is not what was written',
    'TFRecord',
    broken(records, 37 + 13),
    { what: 'a record does not match its checksum', position: 37 },
  ],
  [
    'a length that is not what was written',
    'TFRecord',
    broken(records, 21),
    { what: "a record's length does not match its checksum", position: 21 },
  ],
  ['a missing end', 'TFRecord', records.subarray(0, -1), { what: 'a record is cut off', position: 37 }],
  ['half a header', 'TFRecord', records.subarray(0, 40), { what: 'a record is cut off', position: 37 }],
  ['sound RecordIO', 'RecordIO', wrapped, undefined],
  ['no magic number', 'RecordIO', broken(wrapped, 16), { what: 'no RecordIO record begins', position: 16 }],
  [
    'RecordIO without its end',
    'RecordIO',
    wrapped.subarray(0, -1),
    { what: 'a record is cut off', position: 24 },
  ],
])('%s', async (_case, format, bytes, expected) => {
  expect(await findCorruption(inPieces(bytes), format)).toEqual(expected)
})
