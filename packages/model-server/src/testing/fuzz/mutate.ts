import type { Random } from './random.ts'

type Mutation = (bytes: Buffer, random: Random) => Buffer

/** Damages bytes once, half the time more often. */
export function mutate(bytes: Buffer, random: Random, others: readonly Buffer[]): Buffer {
  let mutated = bytes
  for (let times = random.chance(0.5) ? 1 : 2 + random.below(3); times > 0; times--) {
    mutated = random.chance(0.1)
      ? spliced(mutated, random.pick(others), random)
      : random.pick(mutations)(mutated, random)
  }
  return mutated
}

/** What parsers stumble over: numbers at limits, half a character, brackets without end. */
const tokens: readonly Buffer[] = [
  '0',
  '-0',
  '1e999',
  '-1e999',
  '1e-999',
  '1.7976931348623157e308',
  '4.9e-324',
  '3.5e38',
  '18446744073709551616',
  '-9223372036854775809',
  '2147483648',
  '0.1',
  '1.',
  '.5',
  '+1',
  '01',
  '1e',
  '-',
  'NaN',
  'Infinity',
  '-Infinity',
  'null',
  'true',
  'false',
  '[]',
  '{}',
  '""',
  '[',
  ']',
  '{',
  '}',
  ',',
  ':',
  '"',
  '\\',
  '\\u0000',
  '\\ud800',
  '\\x',
  ' ',
  '\n',
  '{"b64": "AAAA"}',
  '{"b64": "%"}',
  '{"b64": 1}',
  '"instances"',
  '"inputs"',
  '"signature_name"',
  '[[',
  ']]',
  ',,',
  '/*',
]
  .map((text) => Buffer.from(text))
  .concat(
    [
      [0],
      [0xff],
      [0xc0, 0x80],
      [0xed, 0xa0, 0x80],
      [0xf4, 0x90, 0x80, 0x80],
      [0xe2, 0x82],
      [0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f],
    ].map((bytes) => Buffer.from(bytes)),
    Buffer.from('['.repeat(3000)),
    Buffer.from('{"a":'.repeat(1000)),
    Buffer.from('9'.repeat(4000)),
    Buffer.from(`0.${'0'.repeat(2000)}1`),
  )

const mutations: readonly Mutation[] = [
  (bytes, random) => replaced(bytes, random.below(bytes.length + 1), 1, Buffer.from([random.below(256)])),
  (bytes, random) => replaced(bytes, random.below(bytes.length + 1), 0, Buffer.from([random.below(256)])),
  (bytes, random) => flipped(bytes, random.below(bytes.length || 1), 1 << random.below(8)),
  (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1)),
  (bytes, random) => replaced(bytes, random.below(bytes.length + 1), 1 + random.below(16), Buffer.alloc(0)),
  (bytes, random) => replaced(bytes, random.below(bytes.length + 1), 0, random.pick(tokens)),
  (bytes, random) => replacedNumber(bytes, random),
  (bytes, random) => {
    const start = random.below(bytes.length + 1)
    const part = bytes.subarray(start, start + 1 + random.below(32))
    return replaced(bytes, random.below(bytes.length + 1), 0, part)
  },
]

function flipped(bytes: Buffer, index: number, bit: number): Buffer {
  const copy = Buffer.from(bytes)
  if (index < copy.length) copy[index] = (copy[index] ?? 0) ^ bit
  return copy
}

const replaced = (bytes: Buffer, start: number, count: number, by: Buffer): Buffer =>
  Buffer.concat([bytes.subarray(0, start), by, bytes.subarray(start + count)])

/** A token in the place of a number, so that what surrounds it stays well formed. */
function replacedNumber(bytes: Buffer, random: Random): Buffer {
  const numbers = [...bytes.toString('latin1').matchAll(/-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g)]
  if (numbers.length === 0) return bytes
  const { index, 0: text } = random.pick(numbers)
  return replaced(bytes, index, text.length, random.pick(tokens))
}

function spliced(bytes: Buffer, other: Buffer, random: Random): Buffer {
  return Buffer.concat([
    bytes.subarray(0, random.below(bytes.length + 1)),
    other.subarray(random.below(other.length + 1)),
  ])
}
