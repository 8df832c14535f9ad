import { WorkCost } from '../prediction/work-cost.ts'
import type { Servable, SharedServable, Signature, TensorInfo } from '../servable.ts'
import { StatusError } from '../status.ts'
import type { TensorMap } from '../tensor.ts'
import { type Library, openLibrary } from './library.ts'
import { type SignatureRunner, signatureRunner } from './signature-runner.ts'

/** Runs a loaded session on the calling thread. Disposing it lets go of this thread's part; the session stays open. */
export function attachServable(
  shared: SharedServable,
  library: Library = openLibrary(shared.libraryPath),
  cost: WorkCost = new WorkCost(),
): Servable {
  const { id, signatures } = shared
  const runners = new Map<string, SignatureRunner>()
  const handle = { session: shared.sessionAddress, graph: shared.graphAddress }
  return {
    id,
    signatures,
    shared,
    cost,
    run,
    runTogether,
    [Symbol.asyncDispose]: release,
  }

  async function run(...[signature, inputs, options]: Parameters<Servable['run']>) {
    const runner = runners.get(signature) ?? prepare(signature)
    const outputs = options?.outputs ?? [...(signatures.get(signature)?.outputs.keys() ?? [])]
    if (options?.isLong) return runner.runElsewhere(inputs, outputs, options.timeoutMillis)
    return runner.run(inputs, outputs, options?.timeoutMillis)
  }

  async function runTogether(...[names, inputs, options]: Parameters<NonNullable<Servable['runTogether']>>) {
    const joined = joinSignatures(names, signatures)
    using runner = signatureRunner(library, handle, joined, shared.runPlan)
    const outputs = runner.run(inputs, [...joined.outputs.keys()], options?.timeoutMillis)
    return splitOutputs(names, outputs)
  }

  function prepare(name: string): SignatureRunner {
    const signature = signatures.get(name)
    if (!signature) throw new StatusError('FAILED_PRECONDITION', `Serving signature key "${name}" not found.`)
    const runner = signatureRunner(library, handle, signature, shared.runPlan)
    runners.set(name, runner)
    return runner
  }

  async function release(): Promise<void> {
    for (const runner of runners.values()) runner[Symbol.dispose]()
    runners.clear()
  }
}

/** A signature with the outputs of all, each named after its signature and itself. */
function joinSignatures(
  names: readonly string[],
  signatures: ReadonlyMap<string, Signature>,
): Pick<Signature, 'inputs' | 'outputs'> {
  const outputs = new Map<string, TensorInfo>()
  for (const name of names) {
    for (const [alias, info] of signatures.get(name)?.outputs ?? []) outputs.set(`${name}\0${alias}`, info)
  }
  return { inputs: signatures.get(names[0] ?? '')?.inputs ?? new Map(), outputs }
}

function splitOutputs(names: readonly string[], outputs: TensorMap): Map<string, TensorMap> {
  const parts = names.map((name): [string, TensorMap] => {
    const own = [...outputs].filter(([key]) => key.startsWith(`${name}\0`))
    return [name, new Map(own.map(([key, tensor]) => [key.slice(name.length + 1), tensor]))]
  })
  return new Map(parts)
}
