/** What stands at a place of a document. `integer` and `decimal` tell `1` from `1.0`; NaN and Infinity are decimals. */
export const kind = {
  null: 0,
  false: 1,
  true: 2,
  object: 3,
  array: 4,
  string: 5,
  integer: 6,
  decimal: 7,
} as const

/**
 * A parsed document as columns, one row per value in document order; row 0 is the document itself. An object's
 * members are pairs of rows: a string (the name), then the value. `start` and `end` are byte offsets of the
 * value's text; `next` is the row after the value and all that it holds; `size` counts elements or members.
 * 17 bytes per value, whatever it is.
 */
export class Tape {
  readonly source: Buffer
  kinds = new Uint8Array(64)
  starts = new Uint32Array(64)
  ends = new Uint32Array(64)
  nexts = new Uint32Array(64)
  sizes = new Uint32Array(64)
  length = 0

  constructor(source: Buffer) {
    this.source = source
  }

  add(valueKind: number, start: number, end: number): number {
    const row = this.length++
    if (row === this.kinds.length) this.grow()
    this.kinds[row] = valueKind
    this.starts[row] = start
    this.ends[row] = end
    this.nexts[row] = row + 1
    this.sizes[row] = 0
    return row
  }

  kind(row: number): number {
    return this.kinds[row] ?? kind.null
  }
  start(row: number): number {
    return this.starts[row] ?? 0
  }
  end(row: number): number {
    return this.ends[row] ?? 0
  }
  next(row: number): number {
    return this.nexts[row] ?? this.length
  }
  size(row: number): number {
    return this.sizes[row] ?? 0
  }

  /** The value's own text, numbers and strings with quotes and escapes as sent. */
  text(row: number): string {
    return this.source.toString('utf8', this.start(row), this.end(row))
  }

  /** Rows of an array's elements. */
  *elements(row: number): Generator<number> {
    const end = this.next(row)
    for (let element = row + 1; element < end; element = this.next(element)) yield element
  }

  /** Rows of an object's values with their names. A name that comes twice comes twice. */
  *members(row: number): Generator<readonly [name: string, value: number]> {
    const end = this.next(row)
    for (let name = row + 1; name < end; ) {
      const value = this.next(name)
      yield [this.stringBytes(name).toString('utf8'), value]
      name = this.next(value)
    }
  }

  /** The first member of that name, as TensorFlow Serving takes it. */
  member(row: number, wanted: string): number | undefined {
    for (const [name, value] of this.members(row)) if (name === wanted) return value
    return undefined
  }

  /** A string's bytes without quotes, escapes resolved; a view where there are none. */
  stringBytes(row: number): Buffer {
    const raw = this.source.subarray(this.start(row) + 1, this.end(row) - 1)
    return raw.includes(0x5c) ? unescaped(raw) : raw
  }

  private grow(): void {
    const capacity = this.kinds.length * 2
    const kinds = new Uint8Array(capacity)
    kinds.set(this.kinds)
    this.kinds = kinds
    this.starts = grown(this.starts, capacity)
    this.ends = grown(this.ends, capacity)
    this.nexts = grown(this.nexts, capacity)
    this.sizes = grown(this.sizes, capacity)
  }
}

function grown(column: Uint32Array<ArrayBuffer>, capacity: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(capacity)
  larger.set(column)
  return larger
}

const simpleEscapes: Readonly<Record<string, number>> = {
  '"': 34,
  '\\': 92,
  '/': 47,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
}

/** Bytes beside the escapes stay as they are, UTF-8 or not. */
function unescaped(raw: Buffer): Buffer {
  const result = Buffer.allocUnsafe(raw.length)
  let length = 0
  for (let position = 0; position < raw.length; ) {
    const byte = raw[position] ?? 0
    if (byte !== 0x5c) {
      result[length++] = byte
      position++
      continue
    }
    const letter = String.fromCharCode(raw[position + 1] ?? 0)
    const simple = simpleEscapes[letter]
    if (simple !== undefined) {
      result[length++] = simple
      position += 2
      continue
    }
    const high = hexadecimal(raw, position + 2)
    const isPair = high >= 0xd800 && high < 0xdc00
    const text = isPair
      ? String.fromCharCode(high, hexadecimal(raw, position + 8))
      : String.fromCharCode(high)
    length += result.write(text, length, 'utf8')
    position += isPair ? 12 : 6
  }
  return result.subarray(0, length)
}

const hexadecimal = (raw: Buffer, start: number): number =>
  Number.parseInt(raw.toString('latin1', start, start + 4), 16)
