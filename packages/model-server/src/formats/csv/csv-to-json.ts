import { type ContainerRules, linesOf, rewritableText, trimmed } from '../container-rules.ts'
import { parses } from '../json/parsing/parse.ts'
import { type Field, fieldsOf } from './fields.ts'

/**
 * A CSV body in TensorFlow Serving's form, one instance a line; a line of one field is a value, not a list:
 *
 *     1.0,2.0⏎3.0,4.0   →   {"instances":[[1.0,2.0],[3.0,4.0]]}
 *
 * Level 2.19 decides once, by the first character, whether all fields are pasted in as they are or all are text; as
 * text it knows only the first comma of a line. Level 2.20 looks at each field. Unless strict, text of level 2.19 is
 * split at every comma, what would not be JSON is read as level 2.20 does, and control characters are escaped.
 * Source: SageMaker TensorFlow Serving container, tensorflowServing.js of both generations.
 */
export function csvToServingJson(body: Uint8Array, { level, isStrict }: ContainerRules): Uint8Array {
  const text = trimmed(rewritableText(body))
  const lines = linesOf(text)
  const levelled = (): Uint8Array => instances(lines.map((line) => row(fieldsOf(line), isStrict)))
  if (level === '2.20') return levelled()
  if (/^["0-9.Ee+-]/.test(text)) {
    const pasted = instances(lines.map((line) => (line.includes(',') ? `[${line}]` : line)))
    return isStrict || parses(pasted) ? pasted : levelled()
  }
  return instances(lines.map(isStrict ? firstCommaOnly : allText))
}

const instances = (rows: readonly string[]): Buffer =>
  Buffer.from(`{"instances":[${rows.join(',')}]}`, 'latin1')

function row(fields: readonly Field[], isStrict: boolean): string {
  const values = fields.map(({ text, isNumber }) => (isNumber ? text : quoted(text, isStrict)))
  return values.length === 1 ? values.join() : `[${values.join(',')}]`
}

const allText = (line: string): string =>
  row(
    fieldsOf(line).map(({ text }) => ({ text, isNumber: false })),
    false,
  )

function firstCommaOnly(line: string): string {
  const text = `"${line.replace('"', '\\"').replace(',', '","')}"`
  return line.includes(',') ? `[${text}]` : text
}

const quoted = (text: string, isStrict: boolean): string =>
  isStrict ? `"${text.replace(/["\\]/g, '\\$&')}"` : JSON.stringify(text)
