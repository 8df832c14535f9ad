import { runChecked } from './checked-run.ts'
import { dataTypeOf } from './data-types.ts'
import type { RequestClock } from './metrics/request-clock.ts'
import type { Servable, Signature } from './servable.ts'
import { invalidArgument } from './status.ts'
import { shapeText, type Tensor, type TensorMap } from './tensor.ts'

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
  readonly clock?: RequestClock | undefined
}

/**
 * Feeds serialized examples to a classify signature: input `inputs`, outputs `classes` (strings) and `scores`.
 * Throws StatusError INVALID_ARGUMENT with TensorFlow Serving's texts. Source: servables/tensorflow/classifier.cc.
 */
export async function classify(servable: Servable, call: ExampleCall): Promise<Classification> {
  const { signature, examples } = call
  const declared = exampleSignature(servable, signature, 'classification')
  checkClassify(declared)
  const outputs = await run(servable, call)
  const classes = outputs.get('classes')
  const scores = outputs.get('scores')
  if (classes) checkMatrix('classes', classes, examples.length)
  if (scores) checkMatrix('scores', scores, examples.length)
  const [a, b] = [classes?.shape[1], scores?.shape[1]]
  if (a !== undefined && b !== undefined && a !== b) {
    throw invalidArgument(`Tensors class and score should match in dim_size(1). Got ${a} vs. ${b}`)
  }
  return {
    ...(classes && { classes }),
    ...(scores && { scores }),
    batch: examples.length,
    perExample: a ?? b ?? 0,
  }
}

/** Feeds serialized examples to a regress signature: input `inputs`, output `outputs`, [batch] or [batch, 1] floats. */
export async function regress(servable: Servable, call: ExampleCall): Promise<Tensor> {
  const { signature, examples } = call
  const declared = exampleSignature(servable, signature, 'regression')
  const output = declared.outputs.get('outputs')
  if (declared.outputs.size !== 1 || !output) throw invalidArgument('Expected one output Tensor.')
  checkType('output', output.typeCode, 'float32')
  const [result] = (await run(servable, call)).values()
  const shape = result?.shape ?? []
  if (
    result &&
    shape[0] === examples.length &&
    (shape.length === 1 || (shape.length === 2 && shape[1] === 1))
  ) {
    return result
  }
  throw invalidArgument(
    `Expected output Tensor shape to be either [batch_size] or [batch_size, 1] but got ${shapeText(shape)}`,
  )
}

function exampleSignature(servable: Servable, name: string, what: string): Signature {
  const signature = servable.signatures.get(name)
  if (!signature) throw invalidArgument(`No signature was found with the name: ${name}`)
  if (signature.inputs.size !== 1) throw invalidArgument('Expected one input Tensor.')
  if (!signature.inputs.has('inputs')) {
    throw invalidArgument(`No ${what} inputs found in SignatureDef: ${name}`)
  }
  return signature
}

function checkClassify({ outputs }: Signature): void {
  const classes = outputs.get('classes')
  const scores = outputs.get('scores')
  if (outputs.size !== 1 && outputs.size !== 2) {
    throw invalidArgument(`Expected one or two output Tensors, found ${outputs.size}`)
  }
  if (!classes && !scores) throw invalidArgument('Expected an output Tensor named classes or scores')
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

function run(servable: Servable, { signature, examples, clock }: ExampleCall): Promise<TensorMap> {
  const inputs = new Map([['inputs', exampleTensor(examples)]])
  return runChecked(servable, { signature, inputs, options: { clock } })
}

/** examples: n strings → [n]. */
const exampleTensor = (examples: readonly Uint8Array[]): Tensor => ({
  dtype: 'string',
  shape: [examples.length],
  data: examples,
})
