import { invalidArgument } from '../../status.ts'
import { encodeExample, type Feature } from '../example-proto.ts'
import { documentError, signatureName } from './decode-predict.ts'
import { isBase64Object, numberAt, stringElement } from './element-writers.ts'
import { parseJson } from './parsing/parse.ts'
import { typeName } from './parsing/render.ts'
import { kind, type Tape } from './parsing/tape.ts'

export interface ExamplesDocument {
  readonly signature: string
  /** Serialized tensorflow.Example messages; a context stands before each, so that the example's own features win. */
  readonly examples: readonly Uint8Array[]
}

/**
 * The body of a classify or regress request:
 *
 *     {"signature_name": "s", "context": {"f": value | [values]}, "examples": [{"g": value | [values]}, …]}
 *
 * Throws StatusError INVALID_ARGUMENT with TensorFlow Serving's texts. Source: util/json_tensor.cc.
 */
export function decodeExamples(
  body: Uint8Array,
  method: 'classify' | 'regress',
  unnamed?: string,
): ExamplesDocument {
  const tape = parseJson(body)
  if (tape.kind(0) !== kind.object) throw documentError(tape, 'Is not object')
  const signature = signatureName(tape, unnamed)
  const contextRow = tape.member(0, 'context')
  const context = contextRow === undefined ? Buffer.alloc(0) : readExample(tape, contextRow)
  const row = tape.member(0, 'examples')
  if (row === undefined) {
    throw invalidArgument(`When method is ${method}, key 'examples' is expected and was not found`)
  }
  if (tape.kind(row) !== kind.array) throw invalidArgument("Expecting 'examples' value to be an list/array")
  if (tape.size(row) === 0) throw invalidArgument("'examples' value is an empty array")
  const examples = Array.from(tape.elements(row), (element) =>
    Buffer.concat([context, readExample(tape, element)]),
  )
  return { signature, examples }
}

function readExample(tape: Tape, row: number): Buffer {
  if (tape.kind(row) !== kind.object) {
    throw invalidArgument(`Example must be JSON object but got JSON ${typeName(tape, row)}`)
  }
  const features = new Map<string, Feature>()
  for (const [name, value] of tape.members(row)) {
    if (!features.has(name)) features.set(name, readFeature(tape, value, name))
  }
  return encodeExample(features)
}

function readFeature(tape: Tape, row: number, name: string): Feature {
  const rows = tape.kind(row) === kind.array ? [...tape.elements(row)] : [row]
  const [first] = rows
  if (first === undefined) return undefined
  const expected = featureKind(tape, first, name)
  for (const element of rows) {
    if (featureKind(tape, element, name) === expected) continue
    throw invalidArgument(`Unexpected element type in feature: ${name} expecting type: ${expected}`)
  }
  if (expected === 'bytes')
    return { kind: 'bytes', values: rows.map((element) => stringElement(tape, element)) }
  if (expected === 'float') return { kind: 'float', values: rows.map((element) => numberAt(tape, element)) }
  return { kind: 'int64', values: rows.map((element) => wholeNumber(tape, element, name)) }
}

function featureKind(tape: Tape, row: number, name: string): 'bytes' | 'float' | 'int64' {
  const valueKind = tape.kind(row)
  if (valueKind === kind.string || isBase64Object(tape, row)) return 'bytes'
  if (valueKind === kind.integer || valueKind === kind.true || valueKind === kind.false) return 'int64'
  if (valueKind === kind.decimal) return 'float'
  throw invalidArgument(`Feature: ${name} has element with unexpected JSON type: ${typeName(tape, row)}`)
}

function wholeNumber(tape: Tape, row: number, name: string): bigint {
  if (tape.kind(row) !== kind.integer) return tape.kind(row) === kind.true ? 1n : 0n
  // No 64-bit number has more than 20 characters.
  const isLong = tape.end(row) - tape.start(row) > 20
  const value = isLong ? 2n ** 64n : BigInt(tape.text(row))
  if (value < 2n ** 63n && value >= -(2n ** 63n)) return value
  throw invalidArgument(`Feature: ${name} has uint64_t element. Only int64_t is supported.`)
}
