import type { RunOptions, Servable, Signature } from '../servable.ts'
import { invalidArgument, StatusError } from '../status.ts'
import { shapeText, type TensorMap } from '../tensor.ts'

export interface CheckedRun {
  readonly signature: string
  /** Names and dtypes are the signature's own. */
  readonly inputs: TensorMap
  readonly options?: RunOptions
}

/**
 * Runs what the signature allows. Throws StatusError FAILED_PRECONDITION for an unknown signature,
 * INVALID_ARGUMENT for a shape that may not be fed, and whatever TensorFlow says.
 */
export function runChecked(
  servable: Servable,
  { signature, inputs, options }: CheckedRun,
): Promise<TensorMap> {
  const declared = servable.signatures.get(signature)
  if (!declared)
    throw new StatusError('FAILED_PRECONDITION', `Serving signature key "${signature}" not found.`)
  checkMethod(declared)
  checkShapes(declared, inputs)
  return servable.run(signature, inputs, options)
}

const callable = ['predict', 'classify', 'regress'].map((method) => `tensorflow/serving/${method}`)

/** Source: TensorFlow Serving, servables/tensorflow/predict_util.cc. */
function checkMethod({ method, enforceMethod }: Signature): void {
  if (!enforceMethod || callable.includes(method)) return
  throw new StatusError(
    'INTERNAL',
    `Expected prediction signature method_name to be one of {${callable.join(', ')}}. Was: ${method}`,
  )
}

/**
 * TensorFlow does not hold requests to the declared shapes, and some operations end the process on others.
 * Where all operations behind a signature take any shape, the declared one is only a hint. Throws StatusError
 * INVALID_ARGUMENT.
 */
export function checkShapes({ inputs, enforceShapes }: Signature, tensors: TensorMap): void {
  for (const [alias, { shape, data }] of tensors) if (data.length === 0) checkEmpty(alias, shape)
  if (!enforceShapes) return
  for (const [alias, tensor] of tensors) {
    const expected = inputs.get(alias)?.shape
    if (expected === undefined || expected === 'unknown-rank') continue
    const fits =
      expected.length === tensor.shape.length &&
      expected.every((size, axis) => size < 0 || size === tensor.shape[axis])
    if (fits) continue
    throw invalidArgument(
      `Input ${alias} has shape ${shapeText(tensor.shape)}, but the signature expects ${shapeText(expected)}`,
    )
  }
}

const emptyLimit = 2 ** 24

/**
 * A shape costs nothing to send where one of its sizes is 0; the others make operations reserve memory all the same, as
 * loops over time do for each step, and the process ends where there is none.
 */
function checkEmpty(alias: string, shape: readonly number[]): void {
  const elements = shape.reduce((product, size) => product * Math.max(size, 1), 1)
  if (elements <= emptyLimit) return
  throw invalidArgument(`Input ${alias} is empty, but its shape is ${shapeText(shape)}`)
}
