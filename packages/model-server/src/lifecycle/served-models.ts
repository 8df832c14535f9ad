import type { ModelConfig, ModelServerConfig } from '../configuration/model-server-config.ts'
import type { Loader, ServableId } from '../servable.ts'
import { createFileSystemSource } from '../sources/file-system.ts'
import { StatusError } from '../status.ts'
import type { Manager } from './manager.ts'

export interface ServedModelsOptions {
  readonly manager: Manager
  readonly loader: (id: ServableId, directory: string) => Loader
  /** As FileSystemSourceOptions has it. */
  readonly pollSeconds: number
  /** Lets new and unchanged labels stand for versions that are not there. */
  readonly areLabelsFree: boolean
  readonly log: (line: string) => void
}

/** Replaces the whole set of models, as HandleReloadConfigRequest does. */
export type Reload = (config: ModelServerConfig, signal?: AbortSignal) => Promise<void>

export interface ServedModels extends AsyncDisposable {
  /**
   * Resolves when every model that is new in it is available; removed ones are unloaded behind its back. Throws
   * StatusError FAILED_PRECONDITION, with nothing changed, for a label of a version that is not available; UNKNOWN
   * where a new model cannot be loaded; ABORTED where a later call replaces it; the signal's reason.
   */
  readonly reload: Reload
}

/** Keeps the manager at what a configuration and the file system say. The first configuration may use any label. */
export function serveModels({
  manager,
  loader,
  areLabelsFree,
  pollSeconds,
  log,
}: ServedModelsOptions): ServedModels {
  let current: readonly ModelConfig[] | undefined
  let replaced = new AbortController()
  const source = createFileSystemSource({
    ...{ pollSeconds, log },
    aspire: (model, versions) =>
      manager.aspire(
        model,
        versions.map(({ version, directory }) => loader({ model, version }, directory)),
      ),
  })
  return { reload, [Symbol.asyncDispose]: () => source[Symbol.asyncDispose]() }

  async function reload({ models }: ModelServerConfig, signal?: AbortSignal): Promise<void> {
    if (current) for (const model of models) checkLabels(manager, model, areLabelsFree)
    const before = current ?? []
    current = models
    for (const { name, asksForRequestLog } of models)
      if (asksForRequestLog) log(`logging_config of model ${name} has no effect: requests are not recorded`)
    replaced.abort(new StatusError('ABORTED', 'Another configuration came before this one was in effect'))
    replaced = new AbortController()
    const ending = signal ? AbortSignal.any([signal, replaced.signal]) : replaced.signal
    // Labels first: no request meets one whose version is about to go.
    for (const { name, labels } of models) manager.label(name, labels)
    const looked = source.follow(models)
    for (const { name } of before) {
      if (models.some((model) => model.name === name)) continue
      manager.label(name, new Map())
      manager.aspire(name, [])
    }
    await looked
    const added = models.filter(({ name }) => !before.some((model) => model.name === name))
    await manager.whenAvailable(
      added.map(({ name }) => name),
      ending,
    )
  }
}

/** Source: TensorFlow Serving, model_servers/server_core.cc, UpdateModelVersionLabelMap. */
function checkLabels(manager: Manager, { name, labels }: ModelConfig, areFree: boolean): void {
  const before = manager.labels(name)
  for (const [label, version] of labels) {
    const isAvailable = manager
      .states(name)
      .some((one) => one.version === version && one.state === 'AVAILABLE')
    const isNewOrSame = !before.has(label) || before.get(label) === version
    if (isAvailable || (areFree && isNewOrSame)) continue
    throw new StatusError(
      'FAILED_PRECONDITION',
      `Request to assign label to version ${version} of model ${name}, which is not currently available for inference`,
    )
  }
}
