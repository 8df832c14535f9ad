import { describe, expect, test } from 'vitest'
import { joinRequests, joinValues } from './join-values.ts'

const text = (joined: Uint8Array | undefined): string | undefined => joined && Buffer.from(joined).toString()

describe('joinValues', () => {
  test.each([
    ['1.0\n2.0', '{"instances":[1.0,2.0]}'],
    ['[1,2][3,4]', '{"instances":[[1,2],[3,4]]}'],
    ['{"x":1}{"x":2}\n\n', '{"instances":[{"x":1},{"x":2}]}'],
    ['"a"\r\n"b"', '{"instances":["a","b"]}'],
    ['[1,\n2]\n[3,4]', '{"instances":[[1,\n2],[3,4]]}'],
    ['5', undefined],
    ['', undefined],
    ['1,2', undefined],
    ['[1]\n[2', undefined],
    ['whatever', undefined],
  ])('makes %j %j', (body, expected) => {
    expect(text(joinValues(Buffer.from(body)))).toBe(expected)
  })
})

describe('joinRequests', () => {
  test.each([
    ['{"instances":[1]}\n{"instances":[2, 3]}', '{"instances":[1,2, 3]}'],
    ['{"instances":[]}\n{"instances":[2]}', '{"instances":[2]}'],
    ['{"instances":[1]}', undefined],
    ['{"instances":[1]}\n{"inputs":[2]}', undefined],
    ['{"instances":[1]}\n{"instances":2}', undefined],
    ['{"instances":[1]}\n{"signature_name":"s","instances":[2]}', undefined],
  ])('makes %j %j', (body, expected) => {
    expect(text(joinRequests(Buffer.from(body)))).toBe(expected)
  })
})
