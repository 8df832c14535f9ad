import { ProtobufReader } from '../../formats/protobuf.ts'
import { decodeTensor } from '../../formats/tensor-proto/decode.ts'
import { type TensorForm, writeTensor } from '../../formats/tensor-proto/encode.ts'
import { WireWriter } from '../../formats/tensor-proto/wire-writer.ts'
import { initSignature, type ServableId, type Signature } from '../../servable.ts'
import { invalidArgument, StatusError } from '../../status.ts'
import type { Tensor, TensorMap } from '../../tensor.ts'
import { readModelSpec, signatureOr, writeModelSpec } from './model-spec.ts'

export interface PredictMessage {
  readonly signature: string
  readonly inputs: TensorMap
  /** In the order asked for; all where none is. */
  readonly outputs: readonly string[]
}

/**
 * PredictRequest { model_spec 1, inputs 2 map<string, TensorProto>, output_filter 3 }, held to its signature.
 * Throws StatusError with TensorFlow Serving's texts, ProtobufError. Source: servables/tensorflow/predict_util.cc.
 */
export function decodePredictRequest(
  body: Uint8Array,
  signatures: ReadonlyMap<string, Signature>,
): PredictMessage {
  const { name, tensors, filter } = readRequest(body)
  const declared = name === initSignature ? undefined : signatures.get(name)
  if (!declared) throw new StatusError('FAILED_PRECONDITION', `Serving signature key "${name}" not found.`)
  checkAliases(declared, tensors)
  const outputs = filter.length > 0 ? checkedFilter(declared, filter) : [...declared.outputs.keys()]
  return { signature: name, inputs: fedInputs(declared, tensors), outputs }
}

/** PredictResponse { outputs 1 map<string, TensorProto>, model_spec 2 }. */
export function encodePredictResponse(
  outputs: TensorMap,
  echo: { readonly id: ServableId; readonly signature: string },
  form: TensorForm,
): Buffer {
  const expected = [...outputs.values()].map(({ data }) => data.length + 64)
  const writer = new WireWriter(expected.reduce((sum, size) => sum + size, 256))
  for (const [index, [alias, tensor]] of [...outputs].entries()) {
    const entry = (): void => {
      writer.textField(1, alias)
      writeTensor(writer, 2, tensor, form)
    }
    writer.message(1, entry, expected[index])
  }
  writeModelSpec(writer, 2, echo)
  return writer.finish()
}

function readRequest(body: Uint8Array) {
  const reader = new ProtobufReader(body)
  const tensors = new Map<string, Uint8Array>()
  const filter: string[] = []
  let name = ''
  while (reader.next()) {
    if (reader.field === 1) name = readModelSpec(reader.message()).signature
    else if (reader.field === 2) readEntry(reader.message(), tensors)
    else if (reader.field === 3) filter.push(reader.text())
    else reader.skip()
  }
  return { name: signatureOr(name), tensors, filter }
}

function readEntry(reader: ProtobufReader, tensors: Map<string, Uint8Array>): void {
  let alias = ''
  let tensor: Uint8Array = new Uint8Array(0)
  while (reader.next()) {
    if (reader.field === 1) alias = reader.text()
    else if (reader.field === 2) tensor = reader.bytes()
    else reader.skip()
  }
  tensors.set(alias, tensor)
}

const setText = (names: Iterable<string>): string => `{${[...names].sort().join(',')}}`

/** As TensorFlow Serving counts: with defaults, fewer inputs may come, and one that the signature does not know. */
function checkAliases({ inputs, defaults }: Signature, tensors: ReadonlyMap<string, Uint8Array>): void {
  const missing = [...inputs.keys()].filter((alias) => !tensors.has(alias))
  if (tensors.size > inputs.size || (tensors.size < inputs.size && !defaults)) {
    const extra = [...tensors.keys()].filter((alias) => !inputs.has(alias))
    const sizes = `${tensors.size}!=${inputs.size} len(${setText(tensors.keys())}) != len(${setText(inputs.keys())})`
    const difference = `Sent extra: ${setText(extra)}. Missing but required: ${setText(missing)}.`
    throw invalidArgument(`input size does not match signature: ${sizes}. ${difference}`)
  }
  const alias = missing.find((one) => !defaults?.has(one))
  if (alias === undefined) return
  const feed = `${alias}(feed name: ${inputs.get(alias)?.node})`
  throw invalidArgument(
    `Signature input alias: ${feed} not found in request and no default value provided. ` +
      `Inputs expected to be in the set ${setText(inputs.keys())}.`,
  )
}

/** Types are TensorFlow's to check, which knows the graph's own: some models declare another. */
function fedInputs({ inputs, defaults }: Signature, tensors: ReadonlyMap<string, Uint8Array>): TensorMap {
  const fed = new Map<string, Tensor>()
  for (const alias of inputs.keys()) {
    const bytes = tensors.get(alias)
    const tensor = bytes ? decodeTensor(bytes) : defaults?.get(alias)
    if (tensor) fed.set(alias, tensor)
  }
  return fed
}

function checkedFilter({ outputs }: Signature, filter: readonly string[]): readonly string[] {
  const seen = new Set<string>()
  for (const alias of filter) {
    if (!outputs.has(alias)) {
      throw invalidArgument(
        `output tensor alias not found in signature: ${alias} Outputs expected to be in the set ${setText(outputs.keys())}.`,
      )
    }
    if (seen.has(alias)) throw invalidArgument(`duplicate output tensor alias: ${alias}`)
    seen.add(alias)
  }
  return filter
}
