import { runChecked } from '../checked-run.ts'
import { classify, regress } from '../example-methods.ts'
import type { TensorForm } from '../formats/tensor-proto/encode.ts'
import { WireWriter } from '../formats/tensor-proto/wire-writer.ts'
import { startClock } from '../metrics/request-clock.ts'
import { ProtobufError, ProtobufReader } from '../protobuf.ts'
import { initSignature, type RunOptions, type Servable } from '../servable.ts'
import { invalidArgument, StatusError } from '../status.ts'
import { readExamples, writeClassification, writeRegression } from './example-messages.ts'
import { type ModelSpec, readModelSpec, signatureOr, writeModelSpec } from './model-spec.ts'
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
  { rpc, body, form }: MessageRequest,
  options: Pick<RunOptions, 'isAbandoned'> = {},
): Promise<Uint8Array> {
  try {
    if (rpc === 'Predict') return await predict(servable, body, { form, ...options })
    if (rpc === 'MultiInference') return await multiInference(servable, body)
    return await inference(servable, rpc, body)
  } catch (error) {
    throw error instanceof ProtobufError ? unreadable(error) : error
  }
}

/** What gRPC's servers answer to bytes that are no message of the method's type. */
export const unreadable = (cause: ProtobufError): StatusError =>
  new StatusError('INTERNAL', `The request cannot be parsed: ${cause.message}`, { cause })

async function predict(
  servable: Servable,
  body: Uint8Array,
  { form, isAbandoned }: RunOptions & { readonly form: TensorForm },
): Promise<Uint8Array> {
  const clock = startClock(servable, 'Predict', 'GRPC')
  const { signature, inputs, outputs } = decodePredictRequest(body, servable.signatures)
  clock?.decoded(signature)
  const runOptions = { isAbandoned, outputs, clock }
  const results = await runChecked(servable, { signature, inputs, options: runOptions })
  clock?.ran()
  const answer = encodePredictResponse(results, { id: servable.id, signature }, form)
  clock?.encoded()
  return answer
}

/** ClassificationRequest and RegressionRequest { model_spec 1, input 2 } → { result 1, model_spec 2 }. */
async function inference(servable: Servable, rpc: 'Classify' | 'Regress', body: Uint8Array) {
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
  const call = { signature, examples, clock }
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

interface Task {
  readonly spec: ModelSpec
  readonly method: string
}

/** MultiInferenceRequest { tasks 1, input 2 } → { results 1 { model_spec 1, classification 2, regression 3 } }, in their order. */
async function multiInference(servable: Servable, body: Uint8Array): Promise<Uint8Array> {
  const { tasks, input } = readTasks(body)
  checkTasks(tasks, servable)
  const examples = readExamples(input)
  const writers: (() => void)[] = []
  const writer = new WireWriter()
  for (const { spec, method } of tasks) {
    const signature = signatureOr(spec.signature)
    const write = await runTask(writer, servable, { signature, method, examples })
    writers.push(() => {
      writeModelSpec(writer, 1, { id: servable.id, signature })
      write()
    })
  }
  for (const write of writers) writer.message(1, write)
  return writer.finish()
}

async function runTask(
  writer: WireWriter,
  servable: Servable,
  task: { readonly signature: string; readonly method: string; readonly examples: readonly Uint8Array[] },
): Promise<() => void> {
  if (task.method === classifyMethod) {
    const result = await classify(servable, task)
    return () => writeClassification(writer, 2, result)
  }
  const result = await regress(servable, task)
  return () => writeRegression(writer, 3, result)
}

const classifyMethod = 'tensorflow/serving/classify'
const regressMethod = 'tensorflow/serving/regress'

/** The one model that all tasks of a MultiInferenceRequest name. Throws StatusError INVALID_ARGUMENT, ProtobufError. */
export function modelOfTasks(body: Uint8Array): ModelSpec {
  const { tasks } = readTasks(body)
  const [first] = tasks
  if (!first) throw invalidArgument('Inference request must have at least one task')
  for (const { spec } of tasks) {
    if (spec.name === '') throw invalidArgument('Found ModelSpec with an empty model name.')
    if (spec.name !== first.spec.name) {
      throw invalidArgument('All ModelSpecs in a MultiInferenceRequest must access the same model name.')
    }
  }
  return first.spec
}

function readTasks(body: Uint8Array): { tasks: Task[]; input: ProtobufReader | undefined } {
  const reader = new ProtobufReader(body)
  const tasks: Task[] = []
  let input: ProtobufReader | undefined
  while (reader.next()) {
    if (reader.field === 1) tasks.push(readTask(reader.message()))
    else if (reader.field === 2) input = reader.message()
    else reader.skip()
  }
  return { tasks, input }
}

/** InferenceTask { model_spec 1, method_name 2 }. */
function readTask(reader: ProtobufReader): Task {
  let [spec, method]: [ModelSpec, string] = [{ name: '', version: 'latest', signature: '' }, '']
  while (reader.next()) {
    if (reader.field === 1) spec = readModelSpec(reader.message())
    else if (reader.field === 2) method = reader.text()
    else reader.skip()
  }
  return { spec, method }
}

function checkTasks(tasks: readonly Task[], servable: Servable): void {
  const seen = new Set<string>()
  for (const { spec, method } of tasks) {
    const name = signatureOr(spec.signature)
    if (seen.has(name)) throw invalidArgument(`Duplicate evaluation of signature: ${name}`)
    seen.add(name)
    if (!servable.signatures.has(name)) {
      throw invalidArgument(`Requested signature not found in model graph: ${name}`)
    }
    if (method !== classifyMethod && method !== regressMethod) {
      throw new StatusError('UNIMPLEMENTED', `Unsupported signature method_name: ${method}`)
    }
  }
}

function callable(signature: string): string {
  if (signature !== initSignature) return signature
  throw invalidArgument(`No signature was found with the name: ${signature}`)
}
