import type { ModelPorts } from '../faces/user-code-face.ts'
import { ConfigError } from '../flags/read-flags.ts'

type Variables = Readonly<Record<string, string | undefined>>

/** TensorFlow Serving's ports in the container where no range is given. */
const usualPorts: ModelPorts = { grpc: 9000, rest: 8501 }

/**
 * Where the models answer handlers, in order of preference: of a range the container's instance i has gRPC at low + 2i
 * and REST at low + 2i + 1. Throws ConfigError where the range is too small for the instances, as the container does.
 * Source: SageMaker TensorFlow Serving container, serve.py.
 */
export function containerPorts(variables: Variables, instances: number): readonly ModelPorts[] {
  const text = variables.SAGEMAKER_SAFE_PORT_RANGE
  if (text === undefined || text === '') return [usualPorts]
  const [, from, to] = /^(\d{1,5})-(\d{1,5})$/.exec(text) ?? []
  const [low, high] = [Number(from), Number(to)]
  if (!(low >= 1 && low < high && high <= 65_535))
    throw new ConfigError(`SAGEMAKER_SAFE_PORT_RANGE must be two ports such as 9000-9999, not "${text}"`)
  if (low + 2 * instances > high)
    throw new ConfigError(`SAGEMAKER_SAFE_PORT_RANGE ${text} is too small for ${instances} instances`)
  const pairs = Math.min(Math.floor((high - low) / 2), pairsLimit)
  return Array.from({ length: pairs }, (_none, index) => {
    const grpc = low + 2 * index
    return { grpc, rest: grpc + 1 }
  })
}

const pairsLimit = 100
