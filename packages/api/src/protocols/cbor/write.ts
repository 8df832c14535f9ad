import { type Cbor, Tagged } from './read.ts'

/** Numbers that are integers are written as such; see `Float`. Source: RFC 8949. */
export type WritableCbor =
  | Exclude<Cbor, readonly Cbor[] | ReadonlyMap<string, Cbor>>
  | Float
  | readonly WritableCbor[]
  | ReadonlyMap<string, WritableCbor>

/** A number that is written with all its 64 bits, also where it happens to be whole. */
export class Float {
  readonly value: number

  constructor(value: number) {
    this.value = value
  }
}

/** Lengths are definite. Source: RFC 8949, section 3. */
export function writeCbor(value: WritableCbor): Uint8Array {
  const parts: Uint8Array[] = []
  write(value, parts)
  return Buffer.concat(parts)
}

const unsigned = 0
const negative = 1
const bytes = 2
const text = 3
const list = 4
const map = 5
const tag = 6

function write(value: WritableCbor, parts: Uint8Array[]): void {
  if (value === null) parts.push(nullByte)
  else if (typeof value === 'boolean') parts.push(value ? trueByte : falseByte)
  else if (typeof value === 'number') parts.push(Number.isSafeInteger(value) ? integer(value) : float(value))
  else if (typeof value === 'string') writeBytes(text, Buffer.from(value), parts)
  else if (value instanceof Uint8Array) writeBytes(bytes, value, parts)
  else if (value instanceof Float) parts.push(float(value.value))
  else if (value instanceof Tagged) {
    parts.push(head(tag, value.tag))
    write(value.value as WritableCbor, parts)
  } else if (value instanceof Map) {
    parts.push(head(map, value.size))
    for (const [key, entry] of value) {
      writeBytes(text, Buffer.from(key), parts)
      write(entry, parts)
    }
  } else if (Array.isArray(value)) {
    parts.push(head(list, value.length))
    for (const item of value) write(item, parts)
  }
}

const nullByte = Uint8Array.of(0xf6)
const trueByte = Uint8Array.of(0xf5)
const falseByte = Uint8Array.of(0xf4)

function writeBytes(major: number, given: Uint8Array, parts: Uint8Array[]): void {
  parts.push(head(major, given.length), given)
}

const integer = (value: number) => (value < 0 ? head(negative, -1 - value) : head(unsigned, value))

function head(major: number, argument: number): Uint8Array {
  const first = major << 5
  if (argument < 24) return Uint8Array.of(first | argument)
  if (argument < 0x100) return Uint8Array.of(first | 24, argument)
  const buffer = Buffer.alloc(argument < 0x10000 ? 3 : argument < 0x100000000 ? 5 : 9)
  if (buffer.length === 3) buffer.writeUInt16BE(argument, 1)
  else if (buffer.length === 5) buffer.writeUInt32BE(argument, 1)
  else buffer.writeBigUInt64BE(BigInt(argument), 1)
  buffer[0] = first | (buffer.length === 3 ? 25 : buffer.length === 5 ? 26 : 27)
  return buffer
}

function float(value: number): Uint8Array {
  const buffer = Buffer.alloc(9)
  buffer[0] = 0xfb
  buffer.writeDoubleBE(value, 1)
  return buffer
}
