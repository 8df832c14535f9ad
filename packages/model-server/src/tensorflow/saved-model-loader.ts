import {
  defaultSignature,
  type Loader,
  type RunPlan,
  type Servable,
  type ServableId,
  type SharedServable,
} from '../servable.ts'
import { StatusError } from '../status.ts'
import { WorkCost } from '../work-cost.ts'
import { type Library, openLibrary } from './library.ts'
import type { SessionOptions } from './option-protos.ts'
import { chooseThread, trialInputs } from './run-plan.ts'
import { endpointsOf, type MetaGraph } from './saved-model.ts'
import { attachServable } from './servable.ts'
import { closeSession, loadSession } from './session.ts'
import { leavesStateAlone, mayLoop } from './shape-safety.ts'
import { signatureRunner } from './signature-runner.ts'

export interface EngineOptions extends SessionOptions {
  /** Of `libtensorflow_cc.so.2`. */
  readonly libraryPath: string
  readonly runTimeoutMillis: number
  /** Undefined: the faster one, as measured. */
  readonly runThread?: RunPlan['thread'] | undefined
}

/** Loads `<directory>/saved_model.pb` and finds out, by trying, on which thread its runs are faster. */
export function savedModelLoader(id: ServableId, directory: string, options: EngineOptions): Loader {
  return { id, load }

  async function load(): Promise<Servable> {
    const library = openLibrary(options.libraryPath)
    const { handle, metaGraph } = await loadSession(library, directory, options).catch(explained)
    const cost = new WorkCost({ isPredictable: !hasLoops(metaGraph) })
    const shared: SharedServable = {
      id,
      signatures: metaGraph.signatures,
      libraryPath: options.libraryPath,
      sessionAddress: handle.session,
      graphAddress: handle.graph,
      runPlan: { thread: 'pool', timeoutMillis: options.runTimeoutMillis },
    }
    const measured = measure(library, shared, metaGraph, cost)
    const thread = options.runThread ?? measured
    const attached = attachServable({ ...shared, runPlan: { ...shared.runPlan, thread } }, library, cost)
    return {
      ...attached,
      async [Symbol.asyncDispose]() {
        await attached[Symbol.asyncDispose]()
        closeSession(library, handle)
      },
    }
  }

  function explained(error: unknown): never {
    if (!(error instanceof StatusError)) throw error
    const what = `version ${id.version} of model ${id.model} cannot be loaded`
    throw new StatusError(error.code, `${what}: ${error.message}`, { cause: error })
  }
}

/** Measures what clients will most likely call, where trying it is harmless; otherwise the pool, whose runs can time out. */
function measure(
  library: Library,
  shared: SharedServable,
  { graph }: MetaGraph,
  cost: WorkCost,
): RunPlan['thread'] {
  const signature = mostLikely(shared)
  // Such a run may last, and only the pool can end it.
  if (hasLoops({ graph, signatures: shared.signatures })) return 'pool'
  if (!signature || !leavesStateAlone(graph, endpointsOf(signature))) return 'pool'
  const inputs = trialInputs(signature)
  if (!inputs) return 'pool'
  const outputs = [...signature.outputs.keys()]
  const handle = { session: shared.sessionAddress, graph: shared.graphAddress }
  try {
    using caller = signatureRunner(library, handle, signature, { ...shared.runPlan, thread: 'caller' })
    using pool = signatureRunner(library, handle, signature, shared.runPlan)
    const { thread, micros } = chooseThread((kind) => {
      const started = performance.now()
      const runner = kind === 'caller' ? caller : pool
      runner.run(inputs, outputs)
      return (performance.now() - started) * 1000
    })
    cost.observe(micros)
    return thread
  } catch (error) {
    // A model may refuse zeros; that says nothing about real requests.
    if (error instanceof StatusError) return 'pool'
    throw error
  }
}

const hasLoops = ({ graph, signatures }: MetaGraph): boolean =>
  [...signatures.values()].some((signature) => mayLoop(graph, endpointsOf(signature)))

function mostLikely({ signatures }: SharedServable) {
  const name = signatures.has(defaultSignature) ? defaultSignature : (signatures.keys().next().value ?? '')
  return signatures.get(name)
}
