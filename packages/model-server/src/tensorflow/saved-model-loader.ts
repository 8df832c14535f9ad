import { WorkCost } from '../prediction/work-cost.ts'
import {
  defaultSignature,
  type Loader,
  type RunPlan,
  type Servable,
  type ServableId,
  type SharedServable,
} from '../servable.ts'
import { StatusError } from '../status.ts'
import { type Library, openLibrary } from './library.ts'
import type { SessionOptions } from './option-protos.ts'
import { chooseThread, trialInputs } from './run-plan.ts'
import { endpointsOf, type MetaGraph } from './saved-model.ts'
import { attachServable } from './servable.ts'
import { closeSession, loadSession } from './session.ts'
import { leavesStateAlone, mayLoop } from './shape-safety.ts'
import { signatureRunner } from './signature-runner.ts'

export interface EngineOptions extends Omit<SessionOptions, 'intraOpThreads'> {
  /** Of `libtensorflow_cc.so.2`. */
  readonly libraryPath: string
  readonly runTimeoutMillis: number
  /** `measured`: as many as the model gains by, which needs TF_OVERRIDE_GLOBAL_THREADPOOL. 0: TensorFlow's choice. */
  readonly intraOpThreads: number | 'measured'
  /** Undefined: the faster one, as measured. */
  readonly runThread?: RunPlan['thread'] | undefined
}

/**
 * A run of a model that takes less, with one example, is not worth splitting: handing out its parts and waiting for
 * them took an MLP of two small matrices from 62 to 160 µs on two cores, and three times the processor time.
 */
const splitMicros = 3000

/** Loads `<directory>/saved_model.pb` and finds out, by trying, on which threads its runs are faster. */
export function savedModelLoader(id: ServableId, directory: string, options: EngineOptions): Loader {
  return { id, load }

  async function load(): Promise<Servable> {
    const library = openLibrary(options.libraryPath)
    const { shared, cost, close } = await openFitting(library).catch(explained)
    const attached = attachServable(shared, library, cost)
    return {
      ...attached,
      async [Symbol.asyncDispose]() {
        await attached[Symbol.asyncDispose]()
        close()
      },
    }
  }

  /** What cannot be tried gets all threads, as TensorFlow does it. */
  async function openFitting(library: Library): Promise<OpenModel> {
    const { intraOpThreads } = options
    if (intraOpThreads !== 'measured') return open(library, intraOpThreads)
    const single = await open(library, 1)
    if ((single.cost.expectedMicros ?? Number.POSITIVE_INFINITY) < splitMicros) return single
    single.close()
    return open(library, 0)
  }

  async function open(library: Library, intraOpThreads: number): Promise<OpenModel> {
    const { handle, metaGraph } = await loadSession(library, directory, { ...options, intraOpThreads })
    const cost = new WorkCost({ isPredictable: !hasLoops(metaGraph) })
    const runPlan: RunPlan = { thread: 'pool', timeoutMillis: options.runTimeoutMillis }
    const { session: sessionAddress, graph: graphAddress } = handle
    const { libraryPath } = options
    const { signatures } = metaGraph
    const shared = { id, signatures, libraryPath, sessionAddress, graphAddress, runPlan }
    const measured = measure(library, shared, metaGraph, cost)
    const thread = options.runThread ?? measured
    const close = (): void => closeSession(library, handle)
    return { shared: { ...shared, runPlan: { ...runPlan, thread } }, cost, close }
  }

  function explained(error: unknown): never {
    if (!(error instanceof StatusError)) throw error
    const what = `version ${id.version} of model ${id.model} cannot be loaded`
    throw new StatusError(error.code, `${what}: ${error.message}`, { cause: error })
  }
}

interface OpenModel {
  readonly shared: SharedServable
  readonly cost: WorkCost
  readonly close: () => void
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
