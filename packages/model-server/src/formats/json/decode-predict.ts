import { defaultSignature, initSignature, type Signature, type TensorInfo } from '../../servable.ts'
import { invalidArgument, StatusError, statusText } from '../../status.ts'
import type { Tensor, TensorMap } from '../../tensor.ts'
import { isBase64Object } from './element-writers.ts'
import { parseJson } from './parsing/parse.ts'
import { renderJson } from './parsing/render.ts'
import { kind, type Tape } from './parsing/tape.ts'
import { checkSameSize, type TensorBuilder, tensorBuilder } from './tensor-builder.ts'

/** How a request lays its tensors out: `instances`, one value per row, or `inputs`, one value per tensor. */
export type Layout = 'row' | 'columnar'

export interface PredictDocument {
  readonly signature: string
  readonly layout: Layout
  readonly inputs: TensorMap
}

/**
 * The body of a predict request, by the signature that it names:
 *
 *     {"signature_name": "s", "instances": [[1.0, 2.0], …]}     or  [{"a": …, "b": …}, …]
 *     {"signature_name": "s", "inputs": [[1.0, 2.0], …]}        or  {"a": …, "b": …}
 *
 * `unnamed` is the signature of a request that names none.
 * Throws StatusError with TensorFlow Serving's texts. Source: TensorFlow Serving, util/json_tensor.cc.
 */
export function decodePredict(
  body: Uint8Array,
  signatures: ReadonlyMap<string, Signature>,
  unnamed = defaultSignature,
): PredictDocument {
  const tape = parseJson(body)
  if (tape.kind(0) !== kind.object) throw documentError(tape, 'Is not object')
  const name = signatureName(tape, unnamed)
  const signature = findSignature(signatures, name)
  const instances = tape.member(0, 'instances')
  const inputs = tape.member(0, 'inputs')
  if (instances !== undefined && inputs !== undefined) {
    throw documentError(
      tape,
      "Not formatted correctly expecting only one of 'inputs' or 'instances' keys to exist ",
    )
  }
  if (instances !== undefined) {
    return { signature: name, layout: 'row', inputs: readInstances(tape, instances, signature) }
  }
  if (inputs === undefined) throw invalidArgument("Missing 'inputs' or 'instances' key")
  return { signature: name, layout: 'columnar', inputs: readColumns(tape, inputs, signature) }
}

/** Throws StatusError INVALID_ARGUMENT for a signature that is not there, or has no inputs to fill. */
export function findSignature(signatures: ReadonlyMap<string, Signature>, name: string): Signature {
  const signature = name === initSignature ? undefined : signatures.get(name)
  if (!signature) throw invalidArgument(`Serving signature name: "${name}" not found in signature def`)
  if (signature.inputs.size === 0) {
    const shown = name === defaultSignature ? 'DEFAULT' : name
    throw invalidArgument(`Failed to get input map for signature: ${shown}`)
  }
  return signature
}

/** Throws StatusError INVALID_ARGUMENT. */
export function signatureName(tape: Tape, unnamed = defaultSignature): string {
  const row = tape.member(0, 'signature_name')
  if (row === undefined) return unnamed
  if (tape.kind(row) !== kind.string) {
    throw documentError(tape, "not formatted correctly. 'signature_name' key must be a string value.")
  }
  return tape.stringBytes(row).toString('utf8') || unnamed
}

export const documentError = (tape: Tape, text: string): StatusError =>
  invalidArgument(`JSON Value: ${renderJson(tape, 0)} ${text}`)

/** instances: n × s → [n, ...s] for each input. */
function readInstances(tape: Tape, instances: number, { inputs }: Signature): TensorMap {
  if (tape.kind(instances) !== kind.array)
    throw documentError(tape, "Expecting 'instances' to be an list/array")
  if (tape.size(instances) === 0) throw documentError(tape, "No values in 'instances' array")
  const rows = new InstanceRows(tape, inputs)
  const named = isNamed(tape, instances + 1)
  if (!named && inputs.size > 1) {
    throw invalidArgument(
      'instances is a plain list, but expecting list of objects as multiple input tensors required as per tensorinfo_map',
    )
  }
  let index = 0
  for (const element of tape.elements(instances)) {
    if (isNamed(tape, element) !== named) throw mixedKinds(named, index)
    if (named) rows.addNamed(element, index)
    else rows.addBare(element, index)
    index++
  }
  return rows.finish()
}

const isNamed = (tape: Tape, row: number): boolean =>
  tape.kind(row) === kind.object && !isBase64Object(tape, row)

const mixedKinds = (named: boolean, index: number): StatusError =>
  invalidArgument(
    `Expecting ${named ? 'object but got list' : 'value/list but got object'} at item ${index} of input list`,
  )

interface Column {
  readonly builder: TensorBuilder
  readonly first: { readonly count: number; readonly shape: readonly number[] }
  rows: number
}

class InstanceRows {
  private readonly columns = new Map<string, Column>()
  private readonly tape: Tape
  private readonly inputs: ReadonlyMap<string, TensorInfo>

  constructor(tape: Tape, inputs: ReadonlyMap<string, TensorInfo>) {
    this.tape = tape
    this.inputs = inputs
  }

  addBare(element: number, index: number): void {
    const [name = ''] = this.inputs.keys()
    inside(`Failed to process element: ${index} of 'instances' list. Error: `, () => this.add(name, element))
  }

  addNamed(element: number, index: number): void {
    const seen = new Set<string>()
    for (const [name, value] of this.tape.members(element)) {
      if (seen.has(name)) continue
      seen.add(name)
      const where = `Failed to process element: ${index} key: ${name} of 'instances' list. Error: `
      inside(where, () => this.add(name, value))
    }
    if (seen.size === this.inputs.size) return
    throw invalidArgument(
      `Failed to process element: ${index} of 'instances' list. JSON object: ${renderJson(this.tape, element)} ` +
        `keys must be equal to: ${[...this.inputs.keys()].join(',')}`,
    )
  }

  finish(): TensorMap {
    const tensors = new Map<string, Tensor>()
    for (const [name, { builder, first, rows }] of this.columns) {
      tensors.set(name, builder.finish([rows, ...first.shape]))
    }
    return tensors
  }

  private add(name: string, value: number): void {
    const info = this.inputs.get(name)
    if (!info) throw invalidArgument(`JSON object: does not have named input: ${name}`)
    const known = this.columns.get(name)
    const builder = known?.builder ?? tensorBuilder(this.tape, info)
    const shape = builder.shapeOf(value)
    const count = builder.append(value, shape)
    if (!known) this.columns.set(name, { builder, first: { count, shape }, rows: 1 })
    else {
      checkSameSize(known.first, count, shape)
      known.rows++
    }
  }
}

/** An error of one instance says where it is, and is the caller's fault whatever it was. */
function inside(where: string, act: () => void): void {
  try {
    act()
  } catch (error) {
    if (error instanceof StatusError) throw invalidArgument(where + statusText(error))
    throw error
  }
}

/** inputs: each value has its tensor's own shape; a bare scalar has rank 0. */
function readColumns(tape: Tape, columns: number, { inputs }: Signature): TensorMap {
  if (!isNamed(tape, columns)) {
    const [name, ...others] = inputs.keys()
    if (name === undefined || others.length > 0) {
      throw invalidArgument(
        'inputs is a plain value/list, but expecting an object as multiple input tensors required as per tensorinfo_map',
      )
    }
    return new Map([[name, readTensor(tape, columns, inputs.get(name))]])
  }
  const tensors = new Map<string, Tensor>()
  for (const [name, info] of inputs) {
    const value = tape.member(columns, name)
    if (value === undefined) throw invalidArgument(`Missing named input: ${name} in 'inputs' object.`)
    tensors.set(name, readTensor(tape, value, info))
  }
  return tensors
}

function readTensor(tape: Tape, row: number, info: TensorInfo | undefined): Tensor {
  if (!info) throw invalidArgument('Missing input')
  const builder = tensorBuilder(tape, info)
  const shape = builder.shapeOf(row)
  builder.append(row, shape)
  return builder.finish(shape)
}
