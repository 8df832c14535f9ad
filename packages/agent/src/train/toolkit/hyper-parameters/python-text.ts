import type { PythonValue } from './python-value.ts'

/** Orders strings as Python does: by code point, where JavaScript compares UTF-16 units. */
export function byCodePoint(left: string, right: string): number {
  const a = Array.from(left)
  const b = Array.from(right)
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const difference = (a[index]?.codePointAt(0) ?? 0) - (b[index]?.codePointAt(0) ?? 0)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** Python's `str(value)`. */
export function pythonStr(value: PythonValue): string {
  return typeof value === 'string' ? value : pythonRepr(value)
}

/** Python's `repr(value)`: `[1, 'a', None]`. */
export function pythonRepr(value: PythonValue): string {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'number') return floatRepr(value)
  if (typeof value === 'string') return stringRepr(value)
  if (isList(value)) return `[${value.map(pythonRepr).join(', ')}]`
  return `{${Array.from(value, ([key, item]) => `${stringRepr(key)}: ${pythonRepr(item)}`).join(', ')}}`
}

/**
 * Python's `json.dumps(value, sort_keys=True, ensure_ascii=True)`, compact without `indent`.
 * Floats keep Python's spelling (`1.0`, `1e-05`, `NaN`).
 */
export function pythonJson(value: PythonValue, indent = 0, depth = 0): string {
  if (value === null) return 'null'
  if (typeof value === 'number') return jsonFloat(value)
  if (typeof value === 'string') return jsonString(value)
  if (typeof value !== 'object') return String(value)
  const items = isList(value) ? value.map(item) : sortedEntries(value).map(member)
  const [open, close] = isList(value) ? '[]' : '{}'
  if (items.length === 0) return `${open}${close}`
  if (indent === 0) return `${open}${items.join(',')}${close}`
  const margin = `\n${' '.repeat(indent * (depth + 1))}`
  return `${open}${margin}${items.join(`,${margin}`)}\n${' '.repeat(indent * depth)}${close}`

  function item(inner: PythonValue): string {
    return pythonJson(inner, indent, depth + 1)
  }
  function member([key, inner]: readonly [string, PythonValue]): string {
    return `${jsonString(key)}:${indent === 0 ? '' : ' '}${item(inner)}`
  }
}

export function isList(value: PythonValue): value is readonly PythonValue[] {
  return Array.isArray(value)
}

export function sortedEntries<T>(value: ReadonlyMap<string, T>): [string, T][] {
  return Array.from(value).sort(([left], [right]) => byCodePoint(left, right))
}

/** The shortest digits that read back equal, with Python's choice of notation: exponent < -4 or ≥ 16. */
function floatRepr(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  const [mantissa = '', exponentText = '0'] = value.toExponential().split('e')
  const exponent = Number(exponentText)
  if (exponent < -4 || exponent >= 16) {
    const sign = exponent < 0 ? '-' : '+'
    return `${mantissa}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`
  }
  if (exponent >= 0) {
    const digits = Number.isInteger(value) ? BigInt(value).toString() : String(value)
    return Number.isInteger(value) ? `${digits}.0` : digits
  }
  return String(value)
}

function jsonFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity'
  return floatRepr(value)
}

function jsonString(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

const shortEscapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\\': '\\\\' }

function stringRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'"
  const escaped = Array.from(text, (character) => {
    if (character === quote) return `\\${character}`
    return shortEscapes[character] ?? (isPrintable(character) ? character : hexEscape(character))
  })
  return `${quote}${escaped.join('')}${quote}`
}

function isPrintable(character: string): boolean {
  return character === ' ' || !/[\p{C}\p{Z}]/u.test(character)
}

function hexEscape(character: string): string {
  const code = character.codePointAt(0) ?? 0
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`
  if (code < 0x10000) return `\\u${code.toString(16).padStart(4, '0')}`
  return `\\U${code.toString(16).padStart(8, '0')}`
}
