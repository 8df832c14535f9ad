import { ProtobufError, ProtobufReader } from '../../formats/protobuf.ts'
import type { TensorForm } from '../../formats/tensor-proto/encode.ts'
import { WireWriter } from '../../formats/tensor-proto/wire-writer.ts'
import { startClock } from '../../metrics/request-clock.ts'
import { runChecked } from '../../prediction/checked-run.ts'
import { classify, regress } from '../../prediction/example-methods.ts'
import { initSignature, type RunOptions, type Servable } from '../../servable.ts'
import { invalidArgument, StatusError } from '../../status.ts'
import { readExamples, writeClassification, writeRegression } from './example-messages.ts'
import { readModelSpec, signatureOr, writeModelSpec } from './model-spec.ts'
import { multiInference } from './multi-inference.ts'
import { decodePredictRequest, encodePredictResponse } from './predict-messages.ts'

export type ModelRpc = 'Predict' | 'Classify' | 'Regress' | 'MultiInference'

/** A request's message as it came: it can be answered on any thread. */
export interface MessageRequest {
  readonly rpc: ModelRpc
  readonly body: Uint8Array
  /** Of the tensors in the answer. */
  readonly form: TensorForm
  /** In milliseconds since 1970: a run on TensorFlow's pool ends then. Absent or Infinity: it takes its time. */
  readonly deadlineMillis?: number
}

/** Message to message: decode, check, run, encode. Throws StatusError. */
export async function answerMessage(
  servable: Servable,
  { rpc, body, form, deadlineMillis }: MessageRequest,
  given: Pick<RunOptions, 'isAbandoned'> = {},
): Promise<Uint8Array> {
  try {
    const options = { ...given, timeoutMillis: timeLeft(deadlineMillis) }
    if (rpc === 'Predict') return await predict(servable, body, { form, ...options })
    if (rpc === 'MultiInference') return await multiInference(servable, body, options)
    return await inference(servable, body, { rpc, options })
  } catch (error) {
    throw error instanceof ProtobufError ? unreadable(error) : error
  }
}

/** 0 without a deadline. Throws StatusError DEADLINE_EXCEEDED. */
function timeLeft(deadlineMillis = Number.POSITIVE_INFINITY): number {
  if (deadlineMillis === Number.POSITIVE_INFINITY) return 0
  const millis = Math.ceil(deadlineMillis - Date.now())
  if (millis <= 0) throw new StatusError('DEADLINE_EXCEEDED', 'Deadline Exceeded')
  return millis
}

/** What gRPC's servers answer to bytes that are no message of the method's type. */
export const unreadable = (cause: ProtobufError): StatusError =>
  new StatusError('INTERNAL', `The request cannot be parsed: ${cause.message}`, { cause })

async function predict(
  servable: Servable,
  body: Uint8Array,
  { form, isAbandoned, timeoutMillis = 0 }: RunOptions & { readonly form: TensorForm },
): Promise<Uint8Array> {
  const clock = startClock(servable, 'Predict', 'GRPC')
  const { signature, inputs, outputs } = decodePredictRequest(body, servable.signatures)
  clock?.decoded(signature)
  const runOptions = { isAbandoned, timeoutMillis, outputs, clock }
  const results = await runChecked(servable, { signature, inputs, options: runOptions })
  clock?.ran()
  const answer = encodePredictResponse(results, { id: servable.id, signature }, form)
  clock?.encoded()
  return answer
}

/** ClassificationRequest and RegressionRequest { model_spec 1, input 2 } → { result 1, model_spec 2 }. */
async function inference(
  servable: Servable,
  body: Uint8Array,
  { rpc, options }: { readonly rpc: 'Classify' | 'Regress'; readonly options: RunOptions },
): Promise<Uint8Array> {
  const clock = startClock(servable, rpc, 'GRPC')
  const reader = new ProtobufReader(body)
  let [name, input]: [string, ProtobufReader | undefined] = ['', undefined]
  while (reader.next()) {
    if (reader.field === 1) name = readModelSpec(reader.message()).signature
    else if (reader.field === 2) input = reader.message()
    else reader.skip()
  }
  const signature = callable(signatureOr(name))
  const examples = readExamples(input)
  clock?.decoded(signature, examples.length)
  const writer = new WireWriter()
  const call = { signature, examples, clock, options }
  if (rpc === 'Classify') {
    const result = await classify(servable, call)
    clock?.ran()
    writeClassification(writer, 1, result)
  } else {
    const result = await regress(servable, call)
    clock?.ran()
    writeRegression(writer, 1, result)
  }
  writeModelSpec(writer, 2, { id: servable.id, signature })
  const answer = writer.finish()
  clock?.encoded()
  return answer
}

function callable(signature: string): string {
  if (signature !== initSignature) return signature
  throw invalidArgument(`No signature was found with the name: ${signature}`)
}
