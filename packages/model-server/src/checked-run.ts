import type { RunOptions, Servable, Signature } from './servable.ts'
import { invalidArgument, StatusError } from './status.ts'
import { shapeText, type TensorMap } from './tensor.ts'

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
  if (declared.enforceShapes) checkShapes(declared, inputs)
  return servable.run(signature, inputs, options)
}

/**
 * TensorFlow does not hold requests to the declared shapes, and some operations end the process on others.
 * Signatures whose operations all take any shape are not asked here: their declared shape is only a hint.
 */
function checkShapes({ inputs }: Signature, tensors: TensorMap): void {
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
