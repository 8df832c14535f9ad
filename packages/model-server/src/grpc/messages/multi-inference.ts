import { ProtobufReader } from '../../formats/protobuf.ts'
import { WireWriter } from '../../formats/tensor-proto/wire-writer.ts'
import { startClock } from '../../metrics/request-clock.ts'
import { checkShapes } from '../../prediction/checked-run.ts'
import {
  type Classification,
  checkClassify,
  checkRegress,
  classification,
  exampleInputs,
  regression,
} from '../../prediction/example-methods.ts'
import type { RunOptions, Servable } from '../../servable.ts'
import { invalidArgument, StatusError } from '../../status.ts'
import type { Tensor, TensorMap } from '../../tensor.ts'
import { readExamples, writeClassification, writeRegression } from './example-messages.ts'
import { type ModelSpec, readModelSpec, signatureOr, writeModelSpec } from './model-spec.ts'

/**
 * MultiInferenceRequest { tasks 1, input 2 } → { results 1 { model_spec 1, classification 2, regression 3 } }, in
 * their order, from one run. Throws StatusError, ProtobufError. Source: servables/tensorflow/multi_inference.cc.
 */
export async function multiInference(
  servable: Servable,
  body: Uint8Array,
  options: RunOptions,
): Promise<Uint8Array> {
  const clock = startClock(servable, 'MultiInference', 'GRPC')
  const { tasks, input } = readTasks(body)
  checkTasks(tasks, servable)
  const examples = readExamples(input)
  const names = tasks.map(({ signature }) => signature)
  // One name, not all: clients choose which signatures stand together.
  clock?.decoded(names[0] ?? '', examples.length)
  const outputs = await runAll(servable, names, { inputs: exampleInputs(examples), options })
  clock?.ran()
  const results = tasks.map((task) => resultOf(task, outputs.get(task.signature), examples.length))
  const answer = encode(servable, results)
  clock?.encoded()
  return answer
}

interface Task {
  readonly spec: ModelSpec
  readonly signature: string
  readonly method: string
}

type Result = Pick<Task, 'signature'> &
  ({ readonly classified: Classification } | { readonly regressed: Tensor })

async function runAll(
  servable: Servable,
  names: readonly string[],
  { inputs, options }: { readonly inputs: TensorMap; readonly options: RunOptions },
): Promise<ReadonlyMap<string, TensorMap>> {
  for (const name of names) {
    const signature = servable.signatures.get(name)
    if (signature) checkShapes(signature, inputs)
  }
  if (servable.runTogether && names.length > 1) return servable.runTogether(names, inputs, options)
  const outputs = new Map<string, TensorMap>()
  for (const name of names) outputs.set(name, await servable.run(name, inputs, options))
  return outputs
}

function resultOf({ signature, method }: Task, outputs: TensorMap = new Map(), batch: number): Result {
  return method === classifyMethod
    ? { signature, classified: classification(outputs, batch) }
    : { signature, regressed: regression(outputs, batch) }
}

function encode({ id }: Servable, results: readonly Result[]): Buffer {
  const writer = new WireWriter()
  for (const result of results) {
    writer.message(1, () => {
      writeModelSpec(writer, 1, { id, signature: result.signature })
      if ('classified' in result) writeClassification(writer, 2, result.classified)
      else writeRegression(writer, 3, result.regressed)
    })
  }
  return writer.finish()
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
  return { spec, signature: signatureOr(spec.signature), method }
}

function checkTasks(tasks: readonly Task[], servable: Servable): void {
  const seen = new Set<string>()
  const nodes = new Set<string | undefined>()
  for (const { signature, method } of tasks) {
    if (seen.has(signature)) throw invalidArgument(`Duplicate evaluation of signature: ${signature}`)
    seen.add(signature)
    const declared = servable.signatures.get(signature)
    if (!declared) throw invalidArgument(`Requested signature not found in model graph: ${signature}`)
    checkMethod(servable, signature, method)
    nodes.add(declared.inputs.get('inputs')?.node)
    if (nodes.size > 1) throw invalidArgument('Input tensor must be the same for all Signatures.')
  }
}

function checkMethod(servable: Servable, signature: string, method: string): void {
  if (method === classifyMethod) checkClassify(servable, signature)
  else if (method === regressMethod) checkRegress(servable, signature)
  else throw new StatusError('UNIMPLEMENTED', `Unsupported signature method_name: ${method}`)
}
