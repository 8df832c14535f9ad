import { dataTypeOf } from '../data-types.ts'
import type { RequestClock } from '../metrics/request-clock.ts'
import type { RunOptions, Servable, Signature } from '../servable.ts'
import { invalidArgument } from '../status.ts'
import { shapeText, type Tensor, type TensorMap } from '../tensor.ts'
import { runChecked } from './checked-run.ts'

/** classes and scores are [batch, classes]; a signature has one of them or both. */
export interface Classification {
  readonly classes?: Tensor
  readonly scores?: Tensor
  readonly batch: number
  readonly perExample: number
}

export interface ExampleCall {
  readonly signature: string
  readonly examples: readonly Uint8Array[]
  readonly options?: Pick<RunOptions, 'isAbandoned' | 'timeoutMillis'>
  readonly clock?: RequestClock | undefined
}

/**
 * Feeds serialized examples to a classify signature: input `inputs`, outputs `classes` (strings) and `scores`.
 * Throws StatusError INVALID_ARGUMENT with TensorFlow Serving's texts. Source: servables/tensorflow/classifier.cc.
 */
export async function classify(servable: Servable, call: ExampleCall): Promise<Classification> {
  checkClassify(servable, call.signature)
  return classification(await run(servable, call), call.examples.length)
}

/** What a run's outputs say of that many examples. Throws StatusError INVALID_ARGUMENT. */
export function classification(outputs: TensorMap, batch: number): Classification {
  const classes = outputs.get('classes')
  const scores = outputs.get('scores')
  if (classes) checkMatrix('classes', classes, batch)
  if (scores) checkMatrix('scores', scores, batch)
  const [a, b] = [classes?.shape[1], scores?.shape[1]]
  if (a !== undefined && b !== undefined && a !== b) {
    throw invalidArgument(`Tensors class and score should match in dim_size(1). Got ${a} vs. ${b}`)
  }
  return {
    ...(classes && { classes }),
    ...(scores && { scores }),
    batch,
    perExample: a ?? b ?? 0,
  }
}

/** Feeds serialized examples to a regress signature: input `inputs`, output `outputs`, [batch] or [batch, 1] floats. */
export async function regress(servable: Servable, call: ExampleCall): Promise<Tensor> {
  checkRegress(servable, call.signature)
  return regression(await run(servable, call), call.examples.length)
}

/** What a run's outputs say of that many examples. Throws StatusError INVALID_ARGUMENT. */
export function regression(outputs: TensorMap, batch: number): Tensor {
  const [result] = outputs.values()
  const shape = result?.shape ?? []
  if (!result || !(shape.length === 1 || (shape.length === 2 && shape[1] === 1))) {
    throw invalidArgument(
      `Expected output Tensor shape to be either [batch_size] or [batch_size, 1] but got ${shapeText(shape)}`,
    )
  }
  if (shape[0] === batch) return result
  throw invalidArgument(`Input batch size did not match output batch size: ${batch} vs. ${shape[0]}`)
}

function exampleSignature(servable: Servable, name: string, what: keyof typeof methods): Signature {
  const signature = servable.signatures.get(name)
  if (!signature) throw invalidArgument(`No signature was found with the name: ${name}`)
  if (signature.enforceMethod && signature.method !== methods[what]) {
    const was = `Was: ${signature.method}`
    throw invalidArgument(`Expected ${what} signature method_name to be ${methods[what]}. ${was}`)
  }
  if (signature.inputs.size !== 1) throw invalidArgument('Expected one input Tensor.')
  return signature
}

function checkInput({ inputs }: Signature, name: string, what: keyof typeof methods): void {
  if (!inputs.has('inputs')) throw invalidArgument(`No ${what} inputs found in SignatureDef: ${name}`)
}

const methods = {
  classification: 'tensorflow/serving/classify',
  regression: 'tensorflow/serving/regress',
}

/** Throws StatusError INVALID_ARGUMENT where a signature cannot be asked to regress. */
export function checkRegress(servable: Servable, signature: string): void {
  const declared = exampleSignature(servable, signature, 'regression')
  if (declared.outputs.size !== 1) throw invalidArgument('Expected one output Tensor.')
  checkInput(declared, signature, 'regression')
  const output = declared.outputs.get('outputs')
  if (!output) throw invalidArgument(`No regression outputs found in SignatureDef: ${signature}`)
  const { dtype, protoName } = dataTypeOf(output.typeCode)
  if (dtype !== 'float32') throw invalidArgument(`Expected output Tensor of DT_FLOAT.  Got: ${protoName}`)
}

/** Throws StatusError INVALID_ARGUMENT where a signature cannot be asked to classify. */
export function checkClassify(servable: Servable, signature: string): void {
  const declared = exampleSignature(servable, signature, 'classification')
  const { outputs } = declared
  if (outputs.size !== 1 && outputs.size !== 2) {
    throw invalidArgument(`Expected one or two output Tensors, found ${outputs.size}`)
  }
  checkInput(declared, signature, 'classification')
  const classes = outputs.get('classes')
  const scores = outputs.get('scores')
  if (!classes && !scores) {
    throw invalidArgument(
      'Expected classification signature outputs to contain at least one of "classes" or "scores". ' +
        `Signature was: ${signature}`,
    )
  }
  if (classes) checkType('classes', classes.typeCode, 'string')
  if (scores) checkType('scores', scores.typeCode, 'float32')
}

function checkType(what: string, typeCode: number, expected: 'string' | 'float32'): void {
  const { dtype, protoName } = dataTypeOf(typeCode)
  if (dtype === expected) return
  const name = expected === 'string' ? 'DT_STRING' : 'DT_FLOAT'
  throw invalidArgument(`Expected ${what} Tensor of ${name}. Got: ${protoName}`)
}

function checkMatrix(what: string, { shape }: Tensor, batch: number): void {
  if (shape.length !== 2) {
    throw invalidArgument(`Expected Tensor shape: [batch_size num_classes] but got ${shapeText(shape)}`)
  }
  if (shape[0] !== batch)
    throw invalidArgument(`Expected ${what} output batch size of ${batch}. Got: ${shape[0]}`)
}

function run(servable: Servable, { signature, examples, clock, options }: ExampleCall): Promise<TensorMap> {
  return runChecked(servable, { signature, inputs: exampleInputs(examples), options: { ...options, clock } })
}

/** examples: n strings → inputs: [n]. */
export const exampleInputs = (examples: readonly Uint8Array[]): TensorMap =>
  new Map([['inputs', { dtype: 'string', shape: [examples.length], data: examples }]])
