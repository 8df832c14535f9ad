import { isList, pythonStr, sortedEntries } from './python-text.ts'
import type { PythonValue } from './python-value.ts'

/**
 * `{ epochs: 3, e: null, lst: [1, 2] }` → `-e '' --epochs 3 --lst '[1, 2]'`, sorted by code point. Each value
 * stays one argument, where Amazon's toolkit joins them with blanks and lets a shell split them again.
 * Source: training toolkit `mapping.py` `to_cmd_args`.
 */
export function toArguments(user: ReadonlyMap<string, PythonValue>): string[] {
  return sortedEntries(user).flatMap(([key, value]) => [argumentName(key), argumentValue(value)])
}

function argumentName(key: string): string {
  if (key === '') return ''
  return Array.from(key).length > 1 ? `--${key}` : `-${key}`
}

function argumentValue(value: PythonValue): string {
  if (value === null) return ''
  if (typeof value !== 'object' || isList(value)) return pythonStr(value)
  return sortedEntries(value)
    .map(([key, item]) => `${key}=${pythonStr(item)}`)
    .join(',')
}

/**
 * One argument as a POSIX shell reads it back, for printing and for `sh -c`. Source: Python's `shlex.quote`.
 */
export function shellQuote(argument: string): string {
  if (/^[\w@%+=:,./-]+$/.test(argument)) return argument
  return `'${argument.replaceAll("'", `'"'"'`)}'`
}
