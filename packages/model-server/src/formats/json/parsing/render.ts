import { kind, type Tape } from './tape.ts'

const limit = 256
const typeNames = ['Null', 'False', 'True', 'Object', 'Array', 'String', 'Number', 'Number']

export const typeName = (tape: Tape, row: number): string => typeNames[tape.kind(row)] ?? 'Null'

/** A value as TensorFlow Serving's messages show it: indented by four, cut after 256 characters. */
export function renderJson(tape: Tape, row: number): string {
  const parts: string[] = []
  let length = 0
  write(row, 0)
  const text = parts.join('')
  return text.length > limit ? `${text.slice(0, limit)}...` : text

  function put(part: string): boolean {
    parts.push(part)
    length += part.length
    return length <= limit
  }

  /** False once the limit is passed, which also bounds how deep this recurses. */
  function write(value: number, indent: number): boolean {
    const valueKind = tape.kind(value)
    if (valueKind !== kind.array && valueKind !== kind.object) {
      return put(
        tape.source.toString(
          'utf8',
          tape.start(value),
          Math.min(tape.end(value), tape.start(value) + limit + 1),
        ),
      )
    }
    const [opening, closing] = valueKind === kind.array ? ['[', ']'] : ['{', '}']
    if (tape.size(value) === 0) return put(opening + closing)
    const line = `\n${' '.repeat(indent + 4)}`
    let separator = opening
    const end = tape.next(value)
    for (let child = value + 1; child < end; child = tape.next(child)) {
      if (!put(separator + line)) return false
      if (valueKind === kind.object) {
        if (!put(`${tape.text(child)}: `)) return false
        child = tape.next(child)
      }
      if (!write(child, indent + 4)) return false
      separator = ','
    }
    return put(`\n${' '.repeat(indent)}${closing}`)
  }
}
