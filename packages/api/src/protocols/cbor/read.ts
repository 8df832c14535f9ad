import { SerializationException } from '../../errors.ts'

/**
 * A value of CBOR. Maps are Maps, so that a key such as `__proto__` stays a mere key; `undefined` of the wire is null.
 * Integers past 2^53 lose their last digits.
 */
export type Cbor =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly Cbor[]
  | ReadonlyMap<string, Cbor>
  | Tagged

/** A value under a tag: `1(1700000000.5)` is a time in seconds. */
export class Tagged {
  readonly tag: number
  readonly value: Cbor

  constructor(tag: number, value: Cbor) {
    this.tag = tag
    this.value = value
  }
}

/** Far beyond any AWS document, and far below what would exhaust the stack of those who walk it. */
const limitDepth = 200

/**
 * The one value that the bytes hold. Throws SerializationException for bytes that are none, that hold more, or that
 * nest deeper than 200 levels. Source: RFC 8949.
 */
export function readCbor(bytes: Uint8Array): Cbor {
  const reader = new Reader(bytes)
  const value = reader.value(0)
  if (reader.at < bytes.length) refuse('goes on after its end')
  return value
}

/** The five bits beside the major type. */
const indefinite = 31
const breakByte = 0xff
const half = 25
const single = 26
const double = 27

class Reader {
  at = 0
  readonly #bytes: Uint8Array
  readonly #view: DataView

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  value(depth: number): Cbor {
    if (depth > limitDepth) refuse(`nests deeper than ${limitDepth} levels`)
    const first = this.#byte()
    const [major, info] = [first >> 5, first & 31]
    switch (major) {
      case 0:
        return this.#argument(info)
      case 1:
        return -1 - this.#argument(info)
      case 2:
        return this.#string(major, info)
      case 3:
        return textOf(this.#string(major, info))
      case 4:
        return this.#items(info, depth)
      case 5:
        return this.#entries(info, depth)
      case 6:
        return new Tagged(this.#argument(info), this.value(depth + 1))
      default:
        return this.#simple(info)
    }
  }

  #byte(): number {
    const byte = this.#bytes[this.at]
    if (byte === undefined) refuse('ends too early')
    this.at += 1
    return byte ?? 0
  }

  /** The offset of the next `length` bytes, which are read by that. */
  #take(length: number): number {
    const start = this.at
    if (length > this.#bytes.length - start) refuse('ends too early')
    this.at = start + length
    return start
  }

  #argument(info: number): number {
    if (info < 24) return info
    if (info === 24) return this.#byte()
    if (info === 25) return this.#view.getUint16(this.#take(2))
    if (info === 26) return this.#view.getUint32(this.#take(4))
    if (info === 27) return Number(this.#view.getBigUint64(this.#take(8)))
    return refuse('has a length that is none')
  }

  #string(major: number, info: number): Uint8Array {
    if (info !== indefinite) {
      const length = this.#argument(info)
      const start = this.#take(length)
      return this.#bytes.subarray(start, start + length)
    }
    const chunks: Uint8Array[] = []
    while (!this.#isBroken()) {
      const first = this.#byte()
      if (first >> 5 !== major || (first & 31) === indefinite)
        refuse('has a string in pieces of another kind')
      chunks.push(this.#string(major, first & 31))
    }
    return Buffer.concat(chunks)
  }

  /** Every item takes a byte at least, so a length without its items ends soon. */
  #items(info: number, depth: number): Cbor[] {
    const items: Cbor[] = []
    const count = info === indefinite ? undefined : this.#argument(info)
    while (count === undefined ? !this.#isBroken() : items.length < count) items.push(this.value(depth + 1))
    return items
  }

  #entries(info: number, depth: number): Map<string, Cbor> {
    const entries = new Map<string, Cbor>()
    const count = info === indefinite ? Number.POSITIVE_INFINITY : this.#argument(info)
    for (let read = 0; read < count; read += 1) {
      if (info === indefinite && this.#isBroken()) break
      const key = this.value(depth + 1)
      if (typeof key !== 'string') throw malformed('has a key that is no text')
      entries.set(key, this.value(depth + 1))
    }
    return entries
  }

  #simple(info: number): Cbor {
    switch (info) {
      case 20:
      case 21:
        return info === 21
      case 22:
      case 23:
        return null
      case half:
        return halfFloat(this.#view.getUint16(this.#take(2)))
      case single:
        return this.#view.getFloat32(this.#take(4))
      case double:
        return this.#view.getFloat64(this.#take(8))
      default:
        return refuse(`has the simple value ${info}, which nobody here knows`)
    }
  }

  /** Reads the end of what has no length, if it is next. */
  #isBroken(): boolean {
    if (this.#bytes[this.at] !== breakByte) return false
    this.at += 1
    return true
  }
}

/** Source: RFC 8949, appendix D. */
function halfFloat(bits: number): number {
  const exponent = (bits >> 10) & 31
  const mantissa = bits & 1023
  const sign = bits & 0x8000 ? -1 : 1
  if (exponent === 31) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (exponent === 0 ? mantissa * 2 ** -24 : (mantissa + 1024) * 2 ** (exponent - 25))
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function textOf(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    return refuse('holds text that is not UTF-8')
  }
}

const malformed = (how: string) => SerializationException(`The body is not valid CBOR: it ${how}`)

function refuse(how: string): never {
  throw malformed(how)
}
