export interface Token {
  readonly kind: 'identifier' | 'number' | 'string' | 'symbol' | 'end'
  /** As written; of a string, what it says. */
  readonly text: string
  /** Both from 1, as protobuf's parser counts. */
  readonly line: number
  readonly column: number
}

/** What is wrong with a text proto, and where. */
export class TextProtoError extends Error {
  override readonly name = 'TextProtoError'
  constructor(reason: string, { line, column }: Pick<Token, 'line' | 'column'>) {
    super(`${line}:${column}: ${reason}`)
  }
}

const pattern =
  /([A-Za-z_][A-Za-z0-9_]*)|([0-9.][A-Za-z0-9_.]*(?:(?<=[eE])[+-][0-9]+)?)|("(?:[^"\\\n]|\\[^\n])*"|'(?:[^'\\\n]|\\[^\n])*')|([[\]{}<>:;,/-])/y
const blank = /(?:\s+|#[^\n]*)*/y

/** Throws TextProtoError for what is no token. */
export function* tokens(text: string): Generator<Token, Token> {
  let lineStart = 0
  let line = 1
  for (let position = 0; ; ) {
    const start = after(blank, text, position)
    for (
      let end = text.indexOf('\n', lineStart);
      end >= 0 && end < start;
      end = text.indexOf('\n', lineStart)
    ) {
      lineStart = end + 1
      line++
    }
    const place = { line, column: start - lineStart + 1 }
    if (start >= text.length) return { kind: 'end', text: '', ...place }
    pattern.lastIndex = start
    const match = pattern.exec(text)
    if (!match) throw unreadable(text[start] ?? '', place)
    const [whole, identifier, number, string] = match
    position = start + whole.length
    if (identifier !== undefined) yield { kind: 'identifier', text: whole, ...place }
    else if (number !== undefined) yield { kind: 'number', text: whole, ...place }
    else if (string !== undefined)
      yield { kind: 'string', text: unescaped(whole.slice(1, -1), place), ...place }
    else yield { kind: 'symbol', text: whole, ...place }
  }
}

function after(expression: RegExp, text: string, position: number): number {
  expression.lastIndex = position
  expression.exec(text)
  return expression.lastIndex
}

function unreadable(character: string, place: Pick<Token, 'line' | 'column'>): TextProtoError {
  const isQuote = character === '"' || character === "'"
  const reason = isQuote ? 'Unexpected end of string.' : `Invalid character "${character}".`
  return new TextProtoError(reason, place)
}

const escapes: Readonly<Record<string, number>> = {
  ...{ a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11 },
  ...{ '\\': 92, "'": 39, '"': 34, '?': 63 },
}

/** Octal and hexadecimal escapes stand for bytes of UTF-8. */
function unescaped(raw: string, place: Pick<Token, 'line' | 'column'>): string {
  if (!raw.includes('\\')) return raw
  const parts: Buffer[] = []
  for (const [whole, octal, hex, short] of raw.matchAll(
    /[^\\]+|\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{1,2})|(.))/gs,
  )) {
    const simple = escapes[short ?? '']
    if (octal) parts.push(Buffer.from([Number.parseInt(octal, 8) & 255]))
    else if (hex) parts.push(Buffer.from([Number.parseInt(hex, 16)]))
    else if (simple !== undefined) parts.push(Buffer.from([simple]))
    else if (short === undefined) parts.push(Buffer.from(whole))
    else throw new TextProtoError('Invalid escape sequence in string literal.', place)
  }
  return Buffer.concat(parts).toString('utf8')
}
