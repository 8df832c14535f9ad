import { ConnectionError, errorCodes } from './frames.ts'
import { huffmanSymbols, staticTable } from './hpack-tables.ts'

export type Headers = ReadonlyMap<string, string>

const tableLimitBytes = 4096
/** What an entry counts beside its text. Source: RFC 7541, section 4.1. */
const entryOverheadBytes = 32

/** Reads header blocks of one connection, in their order: each may refer to the ones before. */
export class HpackDecoder {
  /** Newest first. */
  private readonly entries: (readonly [name: string, value: string])[] = []
  private tableBytes = 0
  private limitBytes = tableLimitBytes
  private block: Uint8Array = new Uint8Array(0)
  private position = 0

  /** Of headers with the same name the last one counts. Throws ConnectionError. */
  decode(block: Uint8Array): Headers {
    this.block = block
    this.position = 0
    const headers = new Map<string, string>()
    while (this.position < block.length) {
      const header = this.field()
      if (header) headers.set(header[0], header[1])
    }
    return headers
  }

  /** Undefined for what only resizes the table. */
  private field(): readonly [string, string] | undefined {
    const first = this.block[this.position] ?? 0
    if (first >= 128) return this.entry(this.integer(7))
    if (first >= 64) return this.remember(this.literal(6))
    if (first < 32) return this.literal(4)
    this.limitBytes = this.integer(5)
    if (this.limitBytes > tableLimitBytes) throw malformed('a table larger than allowed')
    this.shrink()
    return undefined
  }

  private literal(prefixBits: number): readonly [string, string] {
    const index = this.integer(prefixBits)
    const name = index === 0 ? this.text() : this.entry(index)[0]
    return [name, this.text()]
  }

  private entry(index: number): readonly [string, string] {
    const entry =
      index <= staticTable.length ? staticTable[index - 1] : this.entries[index - staticTable.length - 1]
    if (!entry) throw malformed(`no entry ${index}`)
    return entry
  }

  private remember(entry: readonly [string, string]): readonly [string, string] {
    this.entries.unshift(entry)
    this.tableBytes += sizeOf(entry)
    this.shrink()
    return entry
  }

  private shrink(): void {
    while (this.tableBytes > this.limitBytes) {
      const oldest = this.entries.pop()
      if (!oldest) return
      this.tableBytes -= sizeOf(oldest)
    }
  }

  private integer(prefixBits: number): number {
    const most = 2 ** prefixBits - 1
    let value = this.byte() & most
    if (value < most) return value
    for (let scale = 1; scale <= 2 ** 28; scale *= 128) {
      const byte = this.byte()
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
    throw malformed('a number of more than five bytes')
  }

  private text(): string {
    const isHuffman = (this.block[this.position] ?? 0) >= 128
    const length = this.integer(7)
    const start = this.position
    if (length > this.block.length - start) throw malformed('a text that ends early')
    this.position += length
    const bytes = this.block.subarray(start, this.position)
    return isHuffman ? fromHuffman(bytes) : Buffer.from(bytes).toString('latin1')
  }

  private byte(): number {
    const byte = this.block[this.position++]
    if (byte === undefined) throw malformed('a block that ends early')
    return byte
  }
}

const sizeOf = ([name, value]: readonly [string, string]): number =>
  name.length + value.length + entryOverheadBytes

const malformed = (what: string): ConnectionError =>
  new ConnectionError(errorCodes.compressionError, `header compression: ${what}`)

/** Two cells a node, for the bits 0 and 1: above 0 the next node, below 0 the complement of a symbol. */
const tree = huffmanTree()
const endSymbol = 256

function huffmanTree(): Int16Array {
  const cells = new Int16Array(1024)
  let nodes = 1
  let code = 0
  let bits = 0
  for (const [length, symbols] of huffmanSymbols) {
    for (const symbol of symbols) {
      code = bits === 0 ? 0 : (code + 1) * 2 ** (length - bits)
      bits = length
      let node = 0
      for (let bit = length - 1; bit > 0; bit--) {
        const cell = node * 2 + (Math.floor(code / 2 ** bit) % 2)
        if (cells[cell] === 0) cells[cell] = nodes++
        node = cells[cell] ?? 0
      }
      cells[node * 2 + (code % 2)] = ~symbol
    }
  }
  return cells
}

/** Padding is at most seven bits, all ones. */
function fromHuffman(bytes: Uint8Array): string {
  const symbols: number[] = []
  let node = 0
  let [pending, ones] = [0, 0]
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      const value = (byte >> bit) & 1
      const next = tree[node * 2 + value] ?? 0
      pending++
      ones = value === 1 ? ones + 1 : 0
      node = next
      if (next >= 0) continue
      if (~next === endSymbol) throw malformed('an end inside a text')
      symbols.push(~next)
      node = 0
      pending = 0
      ones = 0
    }
  }
  if (pending > 7 || ones < pending) throw malformed('a text with wrong padding')
  return Buffer.from(symbols).toString('latin1')
}
