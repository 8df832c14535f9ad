import { dataTypeCode } from '../data-types.ts'
import { WorkCost } from '../prediction/work-cost.ts'
import type { Loader, Servable, Signature } from '../servable.ts'
import { invalidArgument } from '../status.ts'
import { alignedData, type DType, type Tensor, type TensorMap } from '../tensor.ts'

type Infos = Readonly<Record<string, { readonly dtype: DType; readonly shape?: readonly number[] }>>

export function signatureOf(inputs: Infos, outputs: Infos = {}, enforceShapes = false): Signature {
  const infos = (all: Infos): Signature['inputs'] =>
    new Map(
      Object.entries(all).map(([alias, { dtype, shape }]) => [
        alias,
        { node: `${alias}:0`, typeCode: dataTypeCode(dtype), dtype, shape: shape ?? 'unknown-rank' },
      ]),
    )
  return {
    method: 'tensorflow/serving/predict',
    inputs: infos(inputs),
    outputs: infos(outputs),
    enforceShapes,
  }
}

/** A model without TensorFlow: half_plus_two, which also takes the signatures given to it and echoes their inputs. */
export function plainLoader(model: string, version: number, more: Record<string, Signature> = {}): Loader {
  const id = { model, version }
  const float = { dtype: 'float32', shape: [-1, 1] } as const
  const signatures = new Map<string, Signature>(
    Object.entries({ serving_default: signatureOf({ x: float }, { y: float }), ...more }),
  )
  const servable: Servable = {
    id,
    signatures,
    cost: new WorkCost(),
    async run(signature, inputs) {
      return signature === 'serving_default' ? halfPlusTwo(inputs) : inputs
    },
    [Symbol.asyncDispose]: async () => undefined,
  }
  return { id, load: async () => servable }
}

function halfPlusTwo(inputs: TensorMap): TensorMap {
  const x = inputs.get('x')
  if (x?.dtype !== 'float32') throw invalidArgument('x must be floats')
  const bytes = alignedData(x)
  const values = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4).map(
    (value) => value / 2 + 2,
  )
  const y: Tensor = { dtype: 'float32', shape: x.shape, data: new Uint8Array(values.buffer) }
  return new Map([['y', y]])
}
