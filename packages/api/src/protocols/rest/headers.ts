import { ValidationException } from '../../errors.ts'
import { type AnyMember, nodeOf, type StructureShape } from '../../shape.ts'
import { fromText, toText } from '../text/scalar.ts'

/** The members that travel in headers. Throws SerializationException. */
export function readHeaders({ members }: StructureShape, headers: Headers): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(members).flatMap(([name, member]) => {
      const value = readMember(member, headers)
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

/** Throws ValidationException for a value that no header can carry. */
export function writeHeaders(
  { members }: StructureShape,
  value: Readonly<Record<string, unknown>>,
  headers: Headers,
): void {
  for (const [name, member] of Object.entries(members)) {
    for (const [header, text] of headersOf(member, value[name])) headers.set(header, onTheWire(header, text))
  }
}

function readMember({ shape, at }: AnyMember, headers: Headers): unknown {
  if (at && 'headers' in at) return readPrefixed(at.headers, headers)
  if (!at || !('header' in at)) return undefined
  const text = headers.get(at.header)
  if (text === null) return undefined
  const node = nodeOf(shape)
  if (node.type !== 'list') return fromText(shape, text)
  return text.split(',').map((item) => fromText(node.item, item.trim()))
}

function readPrefixed(prefix: string, headers: Headers): Record<string, string> | undefined {
  const start = prefix.toLowerCase()
  const entries = [...headers].filter(([name]) => name.startsWith(start) && name.length > start.length)
  return entries.length > 0
    ? Object.fromEntries(entries.map(([name, text]) => [name.slice(start.length), text]))
    : undefined
}

function headersOf({ shape, at }: AnyMember, value: unknown): (readonly [name: string, text: string])[] {
  if (value === undefined || value === null || !at) return []
  if ('headers' in at) {
    return Object.entries(value).map(([name, text]) => [`${at.headers}${name}`, String(text)])
  }
  if (!('header' in at)) return []
  const node = nodeOf(shape)
  const items = node.type === 'list' && Array.isArray(value) ? value : [value]
  const itemShape = node.type === 'list' ? node.item : shape
  return [[at.header, items.map((item) => toText(itemShape, item, 'http-date')).join(', ')]]
}

/** Header text is Latin-1 here, one character per byte: what is beyond it goes as the bytes of its UTF-8. */
function onTheWire(header: string, text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\0-\x08\n-\x1f\x7f]/.test(text))
    throw ValidationException(`${header} may not hold control characters`)
  return /[^\0-\xff]/.test(text) ? Buffer.from(text).toString('latin1') : text
}
