import { runChecked } from './checked-run.ts'
import { toServingJson } from './formats/container-json.ts'
import { decodePredict } from './formats/json/decode-predict.ts'
import { checkOutputTypes, encodePredict } from './formats/json/encode-predict.ts'
import { fastPredict } from './formats/json/fast-predict.ts'
import { parseJson } from './formats/json/parse.ts'
import type { Servable } from './servable.ts'

export type Method = 'predict' | 'classify' | 'regress'

/** A request's body as it came, with what is known about it: it can be answered on any thread. */
export interface DocumentRequest {
  readonly method: Method
  /** `json`: TensorFlow Serving's own; `container-json`: also the simplified forms of the SageMaker container. */
  readonly format: 'json' | 'container-json'
  readonly body: Uint8Array
}

/** Bytes to bytes: decode, check, run, encode. Throws StatusError. */
export async function answerDocument(servable: Servable, request: DocumentRequest): Promise<Uint8Array> {
  const body = servingBody(request)
  const document = fastPredict(body, servable.signatures) ?? decodePredict(body, servable.signatures)
  const signature = servable.signatures.get(document.signature)
  if (signature) checkOutputTypes(signature)
  const outputs = await runChecked(servable, document)
  return encodePredict(document.layout, outputs)
}

/** What a body that no model will answer is worth: throws StatusError where it is not JSON, which wins over NOT_FOUND. */
export function checkDocument(request: DocumentRequest): void {
  parseJson(servingBody(request))
}

const servingBody = ({ format, body }: DocumentRequest): Uint8Array =>
  format === 'json' ? body : toServingJson(body)
