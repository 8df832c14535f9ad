import { dataTypeOf } from '../../data-types.ts'
import type { VersionStatus } from '../../lifecycle/manager.ts'
import type { ServableId, Signature, TensorInfo } from '../../servable.ts'
import { tensorProtoJson } from './tensor-proto-json.ts'

/** GetModelStatusResponse in protobuf's JSON, indented by one: versions are strings, defaults are printed. */
export const encodeStates = (states: readonly VersionStatus[]): string =>
  `${JSON.stringify(statesJson(states), undefined, 1)}\n`

export function statesJson(states: readonly VersionStatus[]) {
  const status = states.map(({ version, state, error }) => ({
    version: String(version),
    state,
    status: { error_code: error?.code ?? 'OK', error_message: error?.message ?? '' },
  }))
  return { model_version_status: status }
}

/** GetModelMetadataResponse with its one field, signature_def. Source: TensorFlow Serving, http_rest_api_util.cc. */
export function encodeMetadata({
  id,
  signatures,
}: {
  readonly id: ServableId
  readonly signatures: ReadonlyMap<string, Signature>
}): string {
  const metadata = { signature_def: { signature_def: mapped(signatures, signatureJson) } }
  const spec = { name: id.model, signature_name: '', version: String(id.version) }
  return `${JSON.stringify({ model_spec: spec, metadata }, undefined, 1)}\n`
}

const signatureJson = ({ inputs, outputs, method, defaults = new Map() }: Signature) => ({
  inputs: mapped(inputs, tensorJson),
  outputs: mapped(outputs, tensorJson),
  method_name: method,
  defaults: mapped(defaults, tensorProtoJson),
})

function tensorJson({ node, typeCode, shape }: TensorInfo) {
  const isUnknown = shape === 'unknown-rank'
  const dim = isUnknown ? [] : shape.map((size) => ({ size: String(size), name: '' }))
  return { dtype: dataTypeOf(typeCode).protoName, tensor_shape: { dim, unknown_rank: isUnknown }, name: node }
}

function mapped<T, R>(entries: ReadonlyMap<string, T>, convert: (value: T) => R): Record<string, R> {
  return Object.fromEntries([...entries].map(([name, value]) => [name, convert(value)]))
}
