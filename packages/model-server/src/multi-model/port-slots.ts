/** What `SAGEMAKER_SAFE_PORT_RANGE` says: `9000-9999`. */
export interface PortRange {
  readonly low: number
  readonly high: number
}

export interface PortPair {
  readonly rest: number
  readonly grpc: number
}

/** Numbers that loaded models hold; not thread safe, and nothing listens on them. */
export interface PortSlots {
  /** One pair for each of the model's processes; undefined, with nothing taken, where there are too few. */
  take(): readonly PortPair[] | undefined
  giveBack(pairs: readonly PortPair[]): void
}

/**
 * The container's rule for how many models fit: of the lower nine tenths of the range the first half is for REST, the
 * second for gRPC, and each model takes pairs from the upper ends. 9000-9999 holds 449.
 * Here all models answer in one process, so the numbers only count models.
 * Source: SageMaker TensorFlow Serving container, python_service.py and multi_model_utils.py.
 */
export function portSlots({ low, high }: PortRange, pairsPerModel: number): PortSlots {
  const end = low + Math.floor((high - low) * 0.9)
  const middle = Math.floor((low + end) / 2)
  const rest = numbers(low, middle)
  const grpc = numbers(middle, end)
  return { take, giveBack }

  function take(): readonly PortPair[] | undefined {
    if (Math.min(rest.length, grpc.length) < pairsPerModel) return undefined
    const restPorts = rest.splice(-pairsPerModel).reverse()
    const grpcPorts = grpc.splice(-pairsPerModel).reverse()
    return restPorts.map((port, index) => ({ rest: port, grpc: grpcPorts[index] ?? 0 }))
  }

  function giveBack(pairs: readonly PortPair[]): void {
    for (const pair of pairs.toReversed()) {
      rest.push(pair.rest)
      grpc.push(pair.grpc)
    }
  }
}

const numbers = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from) }, (_none, index) => from + index)
