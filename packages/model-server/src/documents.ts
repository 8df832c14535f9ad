import { runChecked } from './checked-run.ts'
import { classify, regress } from './example-methods.ts'
import { toServingJson } from './formats/container-json.ts'
import { decodeExamples } from './formats/json/decode-examples.ts'
import { decodePredict } from './formats/json/decode-predict.ts'
import { checkOutputTypes, encodePredict } from './formats/json/encode-predict.ts'
import { encodeClassification, encodeRegression } from './formats/json/encode-results.ts'
import { fastPredict } from './formats/json/fast-predict.ts'
import { parseJson } from './formats/json/parse.ts'
import type { RunOptions, Servable } from './servable.ts'

export type Method = 'predict' | 'classify' | 'regress'

/** A request's body as it came, with what is known about it: it can be answered on any thread. */
export interface DocumentRequest {
  readonly method: Method
  /** `json`: TensorFlow Serving's own; `container-json`: also the simplified forms of the SageMaker container. */
  readonly format: 'json' | 'container-json'
  readonly body: Uint8Array
}

/** Bytes to bytes: decode, check, run, encode. Throws StatusError. */
export function answerDocument(
  servable: Servable,
  request: DocumentRequest,
  options: Pick<RunOptions, 'isAbandoned'> = {},
): Promise<Uint8Array> {
  return answerers[request.method](servable, servingBody(request), options)
}

/** What a body that no model will answer is worth: throws StatusError where it is wrong in itself, which wins over NOT_FOUND. */
export function checkDocument(request: DocumentRequest): void {
  const body = servingBody(request)
  if (request.method === 'predict') parseJson(body)
  else decodeExamples(body, request.method)
}

type Answerer = (servable: Servable, body: Uint8Array, options: RunOptions) => Promise<Uint8Array>
const answerers: Readonly<Record<Method, Answerer>> = {
  async predict(servable, body, options) {
    const document = fastPredict(body, servable.signatures) ?? decodePredict(body, servable.signatures)
    const signature = servable.signatures.get(document.signature)
    if (signature) checkOutputTypes(signature)
    return encodePredict(document.layout, await runChecked(servable, { ...document, options }))
  },
  async classify(servable, body) {
    const { signature, examples } = decodeExamples(body, 'classify')
    return encodeClassification(await classify(servable, signature, examples))
  },
  async regress(servable, body) {
    const { signature, examples } = decodeExamples(body, 'regress')
    return encodeRegression(await regress(servable, signature, examples))
  },
}

const servingBody = ({ format, body }: DocumentRequest): Uint8Array =>
  format === 'json' ? body : toServingJson(body)
