import { type Body, decodeBody, servingJson } from '../formats/decode-body.ts'
import { decodeExamples } from '../formats/json/decode-examples.ts'
import { checkOutputTypes, encodePredict } from '../formats/json/encode-predict.ts'
import { encodeClassification, encodeRegression } from '../formats/json/encode-results.ts'
import { parseJson } from '../formats/json/parsing/parse.ts'
import { checkOneOutput, encodeNpy } from '../formats/npy/encode-npy.ts'
import { readNpyHeader } from '../formats/npy/header.ts'
import { answerMessage, type MessageRequest } from '../grpc/messages/answer-message.ts'
import { type RuntimeApi, startClock } from '../metrics/request-clock.ts'
import type { RunOptions, Servable } from '../servable.ts'
import { invalidArgument } from '../status.ts'
import { runChecked } from './checked-run.ts'
import { classify, type ExampleCall, regress } from './example-methods.ts'

export type Method = 'predict' | 'classify' | 'regress'

/** A request's body as it came, with what is known about it: it can be answered on any thread. */
export type DocumentRequest = HttpDocument | MessageRequest

export interface HttpDocument extends Body {
  readonly method: Method
  /** The form of a prediction. Default: JSON; classifications and regressions are always JSON. */
  readonly answer?: 'json' | 'npy'
}

/** Bytes to bytes: decode, check, run, encode. Throws StatusError. */
export function answerDocument(
  servable: Servable,
  request: DocumentRequest,
  options: Pick<RunOptions, 'isAbandoned'> = {},
): Promise<Uint8Array> {
  if ('rpc' in request) return answerMessage(servable, request, options)
  return answerers[request.method](servable, request, options)
}

/** What a body that no model will answer is worth: throws StatusError where it is wrong in itself, which wins over NOT_FOUND. */
export function checkDocument(request: DocumentRequest): void {
  if ('rpc' in request) return
  const { body, method, format } = request
  if (method !== 'predict') readExamples(request, method)
  else if (format === 'npy') readNpyHeader(Buffer.from(body.buffer, body.byteOffset, body.length))
  else parseJson(servingJson(request))
}

type Answerer = (servable: Servable, request: HttpDocument, options: RunOptions) => Promise<Uint8Array>
const answerers: Readonly<Record<Method, Answerer>> = {
  async predict(servable, request, options) {
    const clock = startClock(servable, 'Predict', 'REST')
    const document = decodeBody(request, servable.signatures)
    clock?.decoded(document.signature)
    const signature = servable.signatures.get(document.signature)
    if (signature) checkOutputTypes(signature)
    if (signature && request.answer === 'npy') checkOneOutput(signature)
    const { signature: name, inputs } = document
    const runOptions = { isAbandoned: options.isAbandoned, clock }
    const outputs = await runChecked(servable, { signature: name, inputs, options: runOptions })
    clock?.ran()
    const answer = request.answer === 'npy' ? encodeNpy(outputs) : encodePredict(document.layout, outputs)
    clock?.encoded()
    return answer
  },
  classify: (servable, request) =>
    answerExamples(servable, request, {
      method: 'classify',
      api: 'Classify',
      ask: classify,
      encode: encodeClassification,
    }),
  regress: (servable, request) =>
    answerExamples(servable, request, {
      method: 'regress',
      api: 'Regress',
      ask: regress,
      encode: encodeRegression,
    }),
}

interface ExampleMethod<Result> {
  readonly method: 'classify' | 'regress'
  readonly api: RuntimeApi
  readonly ask: (servable: Servable, call: ExampleCall) => Promise<Result>
  readonly encode: (result: Result) => Uint8Array
}

async function answerExamples<Result>(
  servable: Servable,
  request: HttpDocument,
  { method, api, ask, encode }: ExampleMethod<Result>,
): Promise<Uint8Array> {
  const clock = startClock(servable, api, 'REST')
  const { signature, examples } = readExamples(request, method)
  clock?.decoded(signature, examples.length)
  const result = await ask(servable, { signature, examples, clock })
  clock?.ran()
  const answer = encode(result)
  clock?.encoded()
  return answer
}

function readExamples(request: HttpDocument, method: ExampleMethod<unknown>['method']) {
  if (request.format === 'npy') throw invalidArgument(`application/x-npy has no examples to ${method}`)
  return decodeExamples(servingJson(request), method, request.signature)
}
