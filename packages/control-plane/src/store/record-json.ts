/**
 * JSON in which Dates survive: `{"at":{"$date":"2026-01-02T03:04:05.678Z"}}`. A key of the record's own that begins
 * with `$` gets another one in front: `{"$date":1}` is written `{"$$date":1}`.
 */
export function encodeRecord(value: unknown): string {
  return JSON.stringify(marked(value))
}

/** What `encodeRecord` was given, but for members that were undefined. Throws SyntaxError. */
export function decodeRecord(text: string): unknown {
  return JSON.parse(text, (_key, value: unknown) => (isObject(value) ? unmarked(value) : value))
}

function marked(value: unknown): unknown {
  if (value instanceof Date) return { $date: value.toISOString() }
  if (Array.isArray(value)) return value.map(marked)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key.startsWith('$') ? `$${key}` : key, marked(entry)]),
  )
}

function unmarked(value: Record<string, unknown>): unknown {
  if (typeof value.$date === 'string') return new Date(value.$date)
  if (!Object.keys(value).some((key) => key.startsWith('$$'))) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key.startsWith('$$') ? key.slice(1) : key, entry]),
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}
