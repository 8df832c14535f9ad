import type { Servable, SharedServable } from '../servable.ts'
import { StatusError } from '../status.ts'
import { WorkCost } from '../work-cost.ts'
import { type Library, openLibrary } from './library.ts'
import { type SignatureRunner, signatureRunner } from './session.ts'

/** Runs a loaded session on the calling thread. Disposing it lets go of this thread's part; the session stays open. */
export function attachServable(
  shared: SharedServable,
  library: Library = openLibrary(shared.libraryPath),
  cost: WorkCost = new WorkCost(),
): Servable {
  const { id, signatures } = shared
  const runners = new Map<string, SignatureRunner>()
  return {
    id,
    signatures,
    shared,
    cost,
    run,
    [Symbol.asyncDispose]: release,
  }

  async function run(...[signature, inputs, options]: Parameters<Servable['run']>) {
    const runner = runners.get(signature) ?? prepare(signature)
    const outputs = options?.outputs ?? [...(signatures.get(signature)?.outputs.keys() ?? [])]
    return runner.run(inputs, outputs)
  }

  function prepare(name: string): SignatureRunner {
    const signature = signatures.get(name)
    if (!signature) throw new StatusError('FAILED_PRECONDITION', `Serving signature key "${name}" not found.`)
    const handle = { session: shared.sessionAddress, graph: shared.graphAddress }
    const runner = signatureRunner(library, handle, signature, shared.runPlan)
    runners.set(name, runner)
    return runner
  }

  async function release(): Promise<void> {
    for (const runner of runners.values()) runner[Symbol.dispose]()
    runners.clear()
  }
}
