/** JSON as Python holds it: an int is a bigint, a float a number, and an object keeps its order. */
export type PythonValue =
  | null
  | boolean
  | bigint
  | number
  | string
  | readonly PythonValue[]
  | ReadonlyMap<string, PythonValue>

/** `{ a: 1n }` → an ordered map. */
export const dict = (members: Readonly<Record<string, PythonValue>>): ReadonlyMap<string, PythonValue> =>
  new Map(Object.entries(members))

/**
 * What Python's `json.loads` makes of a text: `1` and `1.0` stay apart, `NaN` and `Infinity` are numbers.
 * Throws SyntaxError.
 */
export function parsePythonJson(text: string): PythonValue {
  const reader: Reader = { text, at: 0 }
  const value = readValue(reader)
  skipSpace(reader)
  if (reader.at < text.length) fail(reader)
  return value
}

interface Reader {
  readonly text: string
  at: number
}

const words: readonly (readonly [string, PythonValue])[] = [
  ['null', null],
  ['true', true],
  ['false', false],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]
const numberPattern = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?/y
const stringPattern = /"(?:[^"\\\p{Cc}]|[\x7f-\x9f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy

function readValue(reader: Reader): PythonValue {
  skipSpace(reader)
  const { text, at } = reader
  if (text[at] === '"') return readString(reader)
  if (text[at] === '[') return readList(reader)
  if (text[at] === '{') return readObject(reader)
  for (const [word, value] of words) {
    if (!text.startsWith(word, at)) continue
    reader.at += word.length
    return value
  }
  return readNumber(reader)
}

function readNumber(reader: Reader): bigint | number {
  const match = matchAt(reader, numberPattern)
  return match[1] === undefined && match[2] === undefined ? BigInt(match[0]) : Number(match[0])
}

function readString(reader: Reader): string {
  return JSON.parse(matchAt(reader, stringPattern)[0]) as string
}

function readList(reader: Reader): PythonValue[] {
  const items: PythonValue[] = []
  readMembers(reader, ']', () => items.push(readValue(reader)))
  return items
}

function readObject(reader: Reader): Map<string, PythonValue> {
  const members = new Map<string, PythonValue>()
  readMembers(reader, '}', () => {
    const key = readString(reader)
    skipSpace(reader)
    if (reader.text[reader.at] !== ':') fail(reader)
    reader.at += 1
    members.set(key, readValue(reader))
  })
  return members
}

/** From the opening bracket to `close`, commas in between. */
function readMembers(reader: Reader, close: string, readMember: () => void): void {
  reader.at += 1
  skipSpace(reader)
  if (reader.text[reader.at] === close) {
    reader.at += 1
    return
  }
  for (;;) {
    skipSpace(reader)
    readMember()
    skipSpace(reader)
    const next = reader.text[reader.at]
    if (next !== ',' && next !== close) fail(reader)
    reader.at += 1
    if (next === close) return
  }
}

function matchAt(reader: Reader, pattern: RegExp): RegExpExecArray {
  pattern.lastIndex = reader.at
  const match = pattern.exec(reader.text)
  if (match === null) return fail(reader)
  reader.at += match[0].length
  return match
}

function skipSpace(reader: Reader): void {
  while (' \t\n\r'.includes(reader.text[reader.at] ?? '?')) reader.at += 1
}

function fail(reader: Reader): never {
  throw new SyntaxError(`not JSON at character ${reader.at}`)
}
