import { describe, expect, test } from 'vitest'
import { ProtobufReader } from './protobuf.ts'

describe('ProtobufReader', () => {
  test('walks the fields of a message, whatever their types', () => {
    // 1: varint 300, 2: "hi", 3: fixed32, 4: fixed64, 5: { 1: -1 }
    const bytes = Uint8Array.from([
      ...[0x08, 0xac, 0x02],
      ...[0x12, 0x02, 0x68, 0x69],
      ...[0x1d, 1, 2, 3, 4],
      ...[0x21, 1, 2, 3, 4, 5, 6, 7, 8],
      ...[0x2a, 0x0b, 0x08, ...new Array(9).fill(0xff), 1],
    ])
    const reader = new ProtobufReader(bytes)
    const seen: unknown[] = []
    while (reader.next()) {
      if (reader.field === 1) seen.push(reader.varint())
      else if (reader.field === 2) seen.push(reader.text())
      else if (reader.field === 5) {
        const inner = reader.message()
        inner.next()
        seen.push(inner.signedVarint())
      } else {
        reader.skip()
        seen.push(`skipped ${reader.field}`)
      }
    }
    expect(seen).toEqual([300, 'hi', 'skipped 3', 'skipped 4', -1])
  })

  test.each([
    ['a varint without an end', [0x08, 0x80]],
    ['a length beyond the end', [0x12, 0x05, 1]],
    ['a number cut off', [0x1d, 1, 2]],
    ['a varint of eleven bytes', [0x08, ...new Array(11).fill(0x80)]],
    ['a wire type that there is not', [0x0b]],
  ])('refuses %s', (_situation, bytes) => {
    const reader = new ProtobufReader(Uint8Array.from(bytes))
    expect(() => {
      while (reader.next()) reader.skip()
    }).toThrow(expect.objectContaining({ name: 'ProtobufError' }))
  })
})
