import { defaultSignature, type Signature } from '../servable.ts'
import { hasAdjoiningValues, toServingJson } from './container-json.ts'
import { type ContainerRules, defaultRules } from './container-rules.ts'
import { csvToServingJson } from './csv/csv-to-json.ts'
import { decodePredict, type PredictDocument } from './json/decode-predict.ts'
import { fastPredict } from './json/fast-predict.ts'
import { parses } from './json/parsing/parse.ts'
import { joinRequests, joinValues } from './json-lines/join-values.ts'
import { decodeNpy } from './npy/decode-npy.ts'
import { fastCsv, fastLists } from './plain-rows.ts'

/**
 * `json`: TensorFlow Serving's own. The SageMaker container's: `container-json`, also the simplified forms;
 * `json-lines`, the same with a value on each line; `csv`. Ours: `npy`, an array as NumPy writes it.
 */
export type BodyFormat = 'json' | 'container-json' | 'json-lines' | 'csv' | 'npy'

export interface Body {
  readonly format: BodyFormat
  readonly body: Uint8Array
  /** Of the container's forms. Default: level 2.19, not strict. */
  readonly rules?: ContainerRules
  /** For bodies that name none. Default: the default signature. */
  readonly signature?: string
}

/** The tensors of a predict request. Throws StatusError. */
export function decodeBody(request: Body, signatures: ReadonlyMap<string, Signature>): PredictDocument {
  const { body, format, signature = defaultSignature } = request
  if (format === 'npy') return decodeNpy(body, signature, signatures)
  const rows = { body, signature, signatures }
  const plain = plainRows[format]?.(rows)
  if (plain) return plain
  const serving = servingJson(request)
  const decode = (json: Uint8Array): PredictDocument =>
    fastPredict(json, signatures, signature) ?? decodePredict(json, signatures, signature)
  try {
    return decode(serving)
  } catch (error) {
    const repaired = repair(request, serving)
    if (repaired === undefined) throw error
    return decode(repaired)
  }
}

/** The body in TensorFlow Serving's form: what the container posts. Throws StatusError. */
export function servingJson({ body, format, rules = defaultRules }: Body): Uint8Array {
  if (format === 'csv') return csvToServingJson(body, rules)
  if (format === 'json' || format === 'npy') return body
  const serving = toServingJson(body)
  const isWhole = format !== 'json-lines' || rules.isStrict || serving !== body || !hasAdjoiningValues(body)
  return isWhole ? serving : (joinRequests(body) ?? serving)
}

const plainRows = {
  json: undefined,
  'container-json': fastLists,
  'json-lines': fastLists,
  csv: fastCsv,
} as const

/** What the container would make broken JSON of, where it still can be understood. */
function repair({ body, format, rules = defaultRules }: Body, serving: Uint8Array): Uint8Array | undefined {
  const isContainers = format === 'container-json' || format === 'json-lines'
  return isContainers && !rules.isStrict && !parses(serving) ? joinValues(body) : undefined
}
