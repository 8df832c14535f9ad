import type { ModelConfig } from '../configuration/model-server-config.ts'
import {
  chooseVersions,
  type FoundVersions,
  type VersionDirectory,
  versionDirectories,
} from './version-directories.ts'

export interface FileSystemSourceOptions {
  /** Between two looks; 0: one look at each set of models; below 0: none. */
  readonly pollSeconds: number
  /** Hears the whole set of versions that a model ought to have, at each look. */
  readonly aspire: (model: string, versions: readonly VersionDirectory[]) => void
  readonly log: (line: string) => void
}

export interface FileSystemSource extends AsyncDisposable {
  /** Replaces the models looked after; resolves after the first look. Those left out are told of no longer. */
  follow(models: readonly ModelConfig[]): Promise<void>
}

/** Watches base paths for numbered directories, by looking at them again and again. */
export function createFileSystemSource({
  pollSeconds,
  aspire,
  log,
}: FileSystemSourceOptions): FileSystemSource {
  let models: readonly ModelConfig[] = []
  let looking: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  let isClosed = false
  /** By model, what was last said of it: not said again until it changes. */
  const said = new Map<string, string>()

  return { follow, [Symbol.asyncDispose]: close }

  function follow(wanted: readonly ModelConfig[]): Promise<void> {
    models = wanted
    return pollSeconds < 0 ? Promise.resolve() : look()
  }

  /** One look at a time. */
  function look(): Promise<void> {
    clearTimeout(timer)
    looking = looking.then(lookAtAll).finally(() => {
      clearTimeout(timer)
      if (pollSeconds > 0 && !isClosed) timer = setTimeout(look, pollSeconds * 1000)
    })
    return looking
  }

  async function lookAtAll(): Promise<void> {
    const before = models
    const seen = await Promise.all(before.map(async (model) => ({ model, versions: await lookAt(model) })))
    // A set that was replaced meanwhile has a look of its own to come.
    if (isClosed || before !== models) return
    for (const { model, versions } of seen) if (versions) aspire(model.name, versions)
  }

  /** Undefined, which changes nothing, where the base path cannot be read. */
  async function lookAt(model: ModelConfig): Promise<VersionDirectory[] | undefined> {
    try {
      const found = await versionDirectories(model.basePath)
      const chosen = chooseVersions(found.versions, model.versions)
      say(model.name, shortcoming(model, found, chosen))
      return chosen
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      say(
        model.name,
        `Could not find base path ${model.basePath} for servable ${model.name} with error ${reason}`,
      )
      return undefined
    }
  }

  function say(model: string, line: string | undefined): void {
    if (line !== undefined && said.get(model) !== line) log(line)
    if (line === undefined) said.delete(model)
    else said.set(model, line)
  }

  async function close(): Promise<void> {
    isClosed = true
    clearTimeout(timer)
    await looking
  }
}

function shortcoming(
  { name, basePath, versions }: ModelConfig,
  { versions: found, tooLarge }: FoundVersions,
  chosen: readonly VersionDirectory[],
): string | undefined {
  if (tooLarge.length > 0) {
    return `Versions of servable ${name} above ${Number.MAX_SAFE_INTEGER} are not served: ${tooLarge.join(', ')}`
  }
  if (found.length === 0) {
    return `No versions of servable ${name} found under base path ${basePath}. Did you forget to name your leaf directory as a number (eg. '/1/')?`
  }
  if (versions === 'all' || 'latest' in versions) return undefined
  const missing = versions.specific.filter((number) => !chosen.some(({ version }) => version === number))
  if (missing.length === 0) return undefined
  return `Version ${missing.join(', ')} of servable ${name}, which was requested to be served as a 'specific' version in the servable's version policy, was not found in the file system`
}
