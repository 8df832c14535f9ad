import { SerializationException } from '../../errors.ts'
import { type AnyShape, nodeOf } from '../../shape.ts'
import { base64Bytes } from './base64.ts'
import { parseTimestamp, type TimestampFormat, writeTimestamp } from './timestamp.ts'

/**
 * A scalar from the text of a header, a query value, a label or an element.
 * Throws SerializationException for text that is not of the shape.
 */
export function fromText(shape: AnyShape, text: string): unknown {
  const node = nodeOf(shape)
  switch (node.type) {
    case 'integer':
      return integerOf(text) ?? refuse(text, 'an Integer')
    case 'double':
      return doubleOf(text) ?? refuse(text, 'a Double')
    case 'boolean':
      return booleans.get(text.trim().toLowerCase()) ?? refuse(text, 'a Boolean')
    case 'timestamp':
      return parseTimestamp(text.trim()) ?? refuse(text, 'a Timestamp')
    case 'blob':
      return base64Bytes(text.replace(/\s+/g, '')) ?? refuse(text, 'a Blob')
    default:
      return text
  }
}

/** What `fromText` reads back; a timestamp in the shape's own format, else in the one of its place. */
export function toText(shape: AnyShape, value: unknown, defaultFormat: TimestampFormat): string {
  const node = nodeOf(shape)
  if (node.type === 'timestamp' && value instanceof Date) {
    return writeTimestamp(value, node.format ?? defaultFormat)
  }
  if (node.type === 'blob' && value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  return String(value)
}

function integerOf(text: string): number | undefined {
  const number = /^\s*[+-]?\d+\s*$/.test(text) ? Number(text) : Number.NaN
  return Number.isSafeInteger(number) ? number : undefined
}

function doubleOf(text: string): number | undefined {
  const trimmed = text.trim()
  if (/^(NaN|-?Infinity)$/.test(trimmed)) return Number(trimmed)
  const isNumber = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(trimmed)
  return isNumber && Number.isFinite(Number(trimmed)) ? Number(trimmed) : undefined
}

const booleans: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
])

function refuse(text: string, wanted: string): never {
  throw SerializationException(`'${text.slice(0, 100)}' can not be converted to ${wanted}`)
}
