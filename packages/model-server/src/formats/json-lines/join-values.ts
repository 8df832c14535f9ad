import { StatusError } from '../../status.ts'
import { parseJson } from '../json/parsing/parse.ts'
import { kind, type Tape } from '../json/parsing/tape.ts'

/**
 * Values that stand one after the other, on lines or not, as instances; the container makes broken JSON of them:
 *
 *     1.0⏎2.0   [1,2][3,4]   {"x":1}{"x":2}
 *
 * Undefined where the body is anything else, or one value only.
 */
export function joinValues(body: Uint8Array): Uint8Array | undefined {
  const values = valuesOf(body)
  if (values === undefined || values.length < 2) return undefined
  return instances(values.map((tape) => textOf(tape, 0)))
}

/**
 * Whole requests on lines as one; TensorFlow Serving answers the first and forgets the others:
 *
 *     {"instances":[1]}⏎{"instances":[2]}   →   {"instances":[1,2]}
 *
 * Undefined where the body is anything else, or one request only.
 */
export function joinRequests(body: Uint8Array): Uint8Array | undefined {
  const values = valuesOf(body)
  if (values === undefined || values.length < 2) return undefined
  const lists: Buffer[] = []
  for (const tape of values) {
    const list = tape.kind(0) === kind.object && tape.size(0) === 1 ? tape.member(0, 'instances') : undefined
    if (list === undefined || tape.kind(list) !== kind.array) return undefined
    if (tape.size(list) > 0) lists.push(textOf(tape, list).subarray(1, -1))
  }
  return instances(lists)
}

/** Each value of the body; undefined where a part of it is none. */
function valuesOf(body: Uint8Array): Tape[] | undefined {
  const values: Tape[] = []
  let start = skipBlanks(body, 0)
  while (start < body.length) {
    const tape = parsed(body.subarray(start))
    if (tape === undefined) return undefined
    values.push(tape)
    start = skipBlanks(body, start + tape.end(0))
  }
  return values
}

function parsed(body: Uint8Array): Tape | undefined {
  try {
    return parseJson(body)
  } catch (error) {
    if (error instanceof StatusError) return undefined
    throw error
  }
}

const textOf = (tape: Tape, row: number): Buffer => tape.source.subarray(tape.start(row), tape.end(row))

function instances(texts: readonly Buffer[]): Buffer {
  const comma = Buffer.from(',')
  const list = texts.flatMap((text, index) => (index === 0 ? [text] : [comma, text]))
  return Buffer.concat([Buffer.from('{"instances":['), ...list, Buffer.from(']}')])
}

function skipBlanks(text: Uint8Array, start: number): number {
  let position = start
  for (;;) {
    const byte = text[position]
    if (byte !== 0x20 && (byte === undefined || byte < 9 || byte > 13)) return position
    position++
  }
}
