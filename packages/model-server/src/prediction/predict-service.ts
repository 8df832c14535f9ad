import type { Lane } from '../lanes/lane.ts'
import type { Lease, Manager, VersionChoice, VersionStatus } from '../lifecycle/manager.ts'
import type { ServableId, Signature } from '../servable.ts'
import { asStatusError, StatusError } from '../status.ts'
import { checkDocument, type DocumentRequest } from './documents.ts'

export interface DocumentCall {
  readonly model: string
  readonly version: VersionChoice
  readonly document: DocumentRequest
  /** True once nobody waits for the answer: a call that has not started by then is not run. */
  readonly isAbandoned: () => boolean
}

/** The one object behind every face. All of it throws StatusError. */
export interface PredictService {
  /** The whole answer as bytes. */
  answer(call: DocumentCall): Promise<Uint8Array>
  /** Signatures of the version that a call would reach now. */
  metadata(
    model: string,
    version: VersionChoice,
  ): { id: ServableId; signatures: ReadonlyMap<string, Signature> }
  /** Newest first, at least one. */
  states(model: string, version?: number): readonly VersionStatus[]
  models(): readonly string[]
}

const quickBytes = 1024 * 1024

export function createPredictService(manager: Manager, lane: Lane): PredictService {
  return { answer, metadata, states, models: () => manager.models() }

  async function answer({ model, version, document, isAbandoned }: DocumentCall): Promise<Uint8Array> {
    const lease = acquire(model, version, document)
    try {
      return await lane.answer(lease.servable, document, isAbandoned)
    } catch (thrown) {
      throw asStatusError(thrown)
    } finally {
      lease[Symbol.dispose]()
    }
  }

  /** A body that is no JSON is the first thing wrong with a request, before its model: looked at here while that is quick. */
  function acquire(model: string, version: VersionChoice, document: DocumentRequest): Lease {
    try {
      return manager.acquire(model, version)
    } catch (error) {
      if (document.body.length <= quickBytes) checkDocument(document)
      throw error
    }
  }

  function metadata(model: string, version: VersionChoice) {
    using lease = manager.acquire(model, version)
    return { id: lease.servable.id, signatures: lease.servable.signatures }
  }

  function states(model: string, version?: number): readonly VersionStatus[] {
    const all = manager.states(model)
    const wanted = version === undefined ? all : all.filter((state) => state.version === version)
    if (wanted.length > 0) return wanted
    const what = version === undefined ? 'any versions' : `version ${version}`
    throw new StatusError('NOT_FOUND', `Could not find ${what} of model ${model}`)
  }
}
