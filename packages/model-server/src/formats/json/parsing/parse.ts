import { invalidArgument, StatusError } from '../../../status.ts'
import { kind, Tape } from './tape.ts'

/**
 * Reads the first complete value of a text as TensorFlow Serving's parser does: NaN, Inf and Infinity are
 * numbers, a byte order mark is skipped, bytes after the value are ignored, UTF-8 is not checked, nesting is limited
 * only by the number of values (nothing here recurses). More than `valueLimit` values are refused: 16 million
 * take some 300 MB. Throws StatusError INVALID_ARGUMENT `JSON Parse error: … at offset: N`.
 * Source: RapidJSON's parse flags and messages as TensorFlow Serving's util/json_tensor.cc uses them.
 */
export function parseJson(body: Uint8Array, valueLimit = 2 ** 24): Tape {
  const source = Buffer.from(body.buffer, body.byteOffset, body.length)
  const tape = new Tape(source)
  const start = source[0] === 0xef && source[1] === 0xbb && source[2] === 0xbf ? 3 : 0
  new Parser(tape, start, valueLimit).run()
  return tape
}

/** Whether that reads the body without an error. */
export function parses(body: Uint8Array): boolean {
  try {
    parseJson(body)
    return true
  } catch (error) {
    if (error instanceof StatusError) return false
    throw error
  }
}

const quote = 0x22
const backslash = 0x5c
const space = 0x20

class Parser {
  private readonly tape: Tape
  private readonly source: Buffer
  private position: number
  /** Rows of the arrays and objects that are open. */
  private readonly open: number[] = []

  private readonly valueLimit: number

  constructor(tape: Tape, start: number, valueLimit: number) {
    this.valueLimit = valueLimit
    this.tape = tape
    this.source = tape.source
    this.position = start
  }

  run(): void {
    this.skipSpace()
    if (this.position >= this.source.length) throw emptyDocument()
    this.value()
    while (this.open.length > 0) {
      this.continueContainer()
      this.checkCount()
    }
  }

  private value(): void {
    while (this.startValue()) {
      this.checkCount()
    }
  }

  /** A scalar, or the opening of a container: true where its first child's value comes next. */
  private startValue(): boolean {
    const byte = this.source[this.position]
    if (byte === 0x5b) return this.openArray()
    if (byte === 0x7b) return this.openObject()
    if (byte === quote) this.string()
    else if (byte === 0x74) this.word('true', kind.true)
    else if (byte === 0x66) this.word('false', kind.false)
    else if (byte === 0x6e) this.word('null', kind.null)
    else this.number()
    return false
  }

  private checkCount(): void {
    if (this.tape.length > this.valueLimit) throw this.error(`More than ${this.valueLimit} values.`)
  }

  private openArray(): boolean {
    const row = this.tape.add(kind.array, this.position++, 0)
    this.open.push(row)
    this.skipSpace()
    if (this.source[this.position] !== 0x5d) return true
    this.close(row)
    return false
  }

  private openObject(): boolean {
    const row = this.tape.add(kind.object, this.position++, 0)
    this.open.push(row)
    this.skipSpace()
    if (this.source[this.position] === 0x7d) {
      this.close(row)
      return false
    }
    this.memberName()
    return true
  }

  private memberName(): void {
    if (this.source[this.position] !== quote) throw this.error('Missing a name for object member.')
    this.string()
    this.skipSpace()
    if (this.source[this.position] !== 0x3a)
      throw this.error('Missing a colon after a name of object member.')
    this.position++
    this.skipSpace()
  }

  /** After a child: a comma and the next child, or the end of the innermost container. */
  private continueContainer(): void {
    const row = this.open.at(-1) ?? 0
    const isArray = this.tape.kind(row) === kind.array
    this.tape.sizes[row] = this.tape.size(row) + 1
    this.skipSpace()
    const byte = this.source[this.position]
    if (byte === 0x2c) {
      this.position++
      this.skipSpace()
      if (!isArray) this.memberName()
      this.value()
    } else if (byte === (isArray ? 0x5d : 0x7d)) this.close(row)
    else {
      throw this.error(
        isArray
          ? 'Missing a comma or ] after an array element.'
          : 'Missing a comma or } after an object member.',
      )
    }
  }

  private close(row: number): void {
    this.open.pop()
    this.position++
    this.tape.ends[row] = this.position
    this.tape.nexts[row] = this.tape.length
  }

  private string(): void {
    const start = this.position
    let position = start + 1
    for (;;) {
      const byte = this.source[position]
      if (byte === quote) break
      if (byte === backslash) position = this.escape(position)
      else if (byte === undefined || byte === 0)
        throw this.error('Missing a closing quotation mark in string.', position)
      else if (byte < space) throw this.error('Invalid encoding in string.', position)
      else position++
    }
    this.position = position + 1
    this.tape.add(kind.string, start, this.position)
  }

  private escape(start: number): number {
    const letter = this.source[start + 1] ?? 0
    if (letter !== 0x75) {
      if ('"\\/bfnrt'.includes(String.fromCharCode(letter))) return start + 2
      throw this.error('Invalid escape character in string.', start)
    }
    const code = this.hexadecimal(start, start + 2)
    if (code < 0xd800 || code > 0xdfff) return start + 6
    const hasLow = this.source[start + 6] === backslash && this.source[start + 7] === 0x75
    const low = code < 0xdc00 && hasLow ? this.hexadecimal(start, start + 8) : 0
    if (low < 0xdc00 || low > 0xdfff) throw this.error('The surrogate pair in string is invalid.', start)
    return start + 12
  }

  private hexadecimal(escapeStart: number, start: number): number {
    const text = this.source.toString('latin1', start, start + 4)
    if (/^[0-9a-fA-F]{4}$/.test(text)) return Number.parseInt(text, 16)
    throw this.error('Incorrect hex digit after \\u escape in string.', escapeStart)
  }

  private word(text: string, wordKind: number): void {
    const start = this.position
    for (let index = 0; index < text.length; index++, this.position++) {
      if (this.source[this.position] !== text.charCodeAt(index)) throw this.error('Invalid value.')
    }
    this.tape.add(wordKind, start, this.position)
  }

  private number(): void {
    const start = this.position
    if (this.source[this.position] === 0x2d) this.position++
    const first = this.source[this.position]
    if (first === 0x49 || first === 0x4e) {
      this.nonFinite(start)
      return
    }
    if (first === 0x30) this.position++
    else if (this.digits() === 0) throw this.error('Invalid value.')
    let numberKind: number = kind.integer
    if (this.source[this.position] === 0x2e) {
      numberKind = kind.decimal
      this.position++
      if (this.digits() === 0) throw this.error('Miss fraction part in number.')
    }
    const exponent = this.source[this.position]
    if (exponent === 0x65 || exponent === 0x45) {
      numberKind = kind.decimal
      this.position++
      const sign = this.source[this.position]
      if (sign === 0x2b || sign === 0x2d) this.position++
      if (this.digits() === 0) throw this.error('Miss exponent in number.')
    }
    this.checkSize(start)
    this.tape.add(numberKind, start, this.position)
  }

  private nonFinite(start: number): void {
    for (const text of ['Infinity', 'Inf', 'NaN']) {
      const end = this.position + text.length
      if (this.source.toString('latin1', this.position, end) !== text) continue
      this.position = end
      this.tape.add(kind.decimal, start, end)
      return
    }
    throw this.error('Invalid value.')
  }

  private digits(): number {
    const start = this.position
    for (;;) {
      const byte = this.source[this.position]
      if (byte === undefined || byte < 0x30 || byte > 0x39) return this.position - start
      this.position++
    }
  }

  /** Only long numbers and those with an exponent can leave the range of a double. */
  private checkSize(start: number): void {
    if (this.position - start < 5) return
    const text = this.source.toString('latin1', start, this.position)
    if (text.length < 300 && !/e/i.test(text)) return
    if (!Number.isFinite(Number(text))) throw this.error('Number too big to be stored in double.', start)
  }

  private skipSpace(): void {
    for (;;) {
      const byte = this.source[this.position]
      if (byte !== space && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return
      this.position++
    }
  }

  private error(text: string, offset = this.position): StatusError {
    return invalidArgument(`JSON Parse error: ${text} at offset: ${offset}`)
  }
}

const emptyDocument = (): StatusError => invalidArgument('JSON Parse error: The document is empty')
