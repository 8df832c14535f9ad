import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cacheLayout, markerFile } from '../cache/cache-layout.ts'
import { touch } from '../cache/inventory.ts'
import { withLock } from '../cache/lock.ts'
import type { Environment, EnvironmentOptions } from '../environment.ts'
import { EnvironmentError } from '../environment-error.ts'
import { failureLines } from './failure-lines.ts'
import { withoutOtherEnvironments } from './installer-settings.ts'
import { type Lower, type Overlay, writeOverlay } from './overlay.ts'
import { readRequirements } from './requirements-file.ts'
import { runTool } from './run-tool.ts'

/** An environment, or a layer of one, which `key` tells from others. */
export type LayeredEnvironment = Lower &
  Pick<Environment, 'name' | 'pythonVersion'> & {
    readonly programs?: readonly string[]
    readonly key?: string
  }

const keptDays = 30
const installSeconds = 3600

/**
 * The packages of a requirements file above an environment, installed once for all who ask. A layer's folder gets a
 * name of its own, never used again, so that an installer that outlived a killed process disturbs nobody.
 * Throws EnvironmentError in pip's words.
 */
export async function sharedLayer(
  environment: LayeredEnvironment,
  requirements: string,
  options: EnvironmentOptions & {
    /** Any packages that meet the requirements will do, however old. */
    readonly isKept?: boolean
  },
): Promise<Overlay> {
  const now = new Date()
  const isKept = options.isKept || readRequirements(requirements).isPinned
  const key = layerKey(environment, requirements, isKept ? '' : now.toISOString().slice(0, 10))
  const layout = cacheLayout(options.cacheDirectory)
  const there = await findLayer(layout.layers, key)
  if (there !== undefined) return used(there, now)
  const lock = {
    python: environment.executable,
    signal: options.signal,
    onWait: () => options.onProgress?.('Waiting for another process that installs the same requirements'),
  }
  return withLock(layout.lock(`layer-${key}`), lock, async () => {
    const made = await findLayer(layout.layers, key)
    return used(made ?? (await makeLayer(key, { environment, requirements }, options)), now)
  })
}

/** Runs `pip install -r` in an overlay; its lines go to `onProgress`. Throws EnvironmentError in pip's words. */
export async function installRequirements(
  { executable }: Lower,
  { file, workingDirectory }: { file: string; workingDirectory: string },
  { variables, signal, onProgress }: EnvironmentOptions,
): Promise<void> {
  const { exitCode, lines } = await runTool(
    executable,
    ['-m', 'pip', 'install', '--disable-pip-version-check', '--root-user-action=ignore', '-r', file],
    {
      variables: withoutOtherEnvironments(variables),
      signal,
      timeoutSeconds: installSeconds,
      workingDirectory,
      onLine: (line) => isTelling(line) && onProgress?.(line),
    },
  )
  if (exitCode !== 0) throw new EnvironmentError(failureLines(lines))
}

/** Without the packages that are there already: a line for each of the environment's. */
const isTelling = (line: string) => line.trim() !== '' && !line.startsWith('Requirement already satisfied')

/** The layers of an environment, when it goes. */
export async function removeLayersOf(name: string, cacheDirectory: string): Promise<void> {
  await removeLayers(cacheDirectory, ({ environment }) => environment === name)
}

interface LayerMarker extends Overlay {
  readonly environment: string
}

function layerKey(
  { name, pythonVersion, key }: LayeredEnvironment,
  requirements: string,
  day: string,
): string {
  const facts = JSON.stringify([name, pythonVersion, requirements, day, ...(key === undefined ? [] : [key])])
  return createHash('sha256').update(facts).digest('hex').slice(0, 20)
}

async function used(layer: Overlay, now: Date): Promise<Overlay> {
  await touch(layer.directory, now)
  return layer
}

async function findLayer(layers: string, key: string): Promise<LayerMarker | undefined> {
  const names = await readdir(layers).catch((): string[] => [])
  for (const name of names.filter((name) => name.startsWith(`${key}.`))) {
    const layer = await readLayer(join(layers, name))
    if (layer !== undefined) return layer
  }
  return undefined
}

async function readLayer(directory: string): Promise<LayerMarker | undefined> {
  const text = await readFile(join(directory, markerFile), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const marker: LayerMarker = JSON.parse(text)
  // A cache that was moved: the paths inside are of the old place.
  return marker.directory === directory ? marker : undefined
}

async function makeLayer(
  key: string,
  { environment, requirements }: { environment: LayeredEnvironment; requirements: string },
  options: EnvironmentOptions,
): Promise<Overlay> {
  const { layers } = cacheLayout(options.cacheDirectory)
  await mkdir(layers, { recursive: true })
  await removeOld(key, options.cacheDirectory)
  const directory = await mkdtemp(join(layers, `${key}.`))
  try {
    const overlay = await writeOverlay(directory, environment)
    const file = join(directory, 'requirements.txt')
    await writeFile(file, requirements)
    await installRequirements(overlay, { file, workingDirectory: directory }, options)
    await writeFile(
      join(directory, markerFile),
      JSON.stringify({ ...overlay, environment: environment.name }),
    )
    return overlay
  } catch (error) {
    await rm(directory, { recursive: true, force: true })
    throw error
  }
}

/** What earlier attempts at this layer left, and every layer that nobody has used for long. Called under the layer's lock. */
async function removeOld(key: string, cacheDirectory: string): Promise<void> {
  const { layers } = cacheLayout(cacheDirectory)
  for (const name of await readdir(layers)) {
    const isComplete = (await readLayer(join(layers, name))) !== undefined
    if (name.startsWith(`${key}.`) && !isComplete)
      await rm(join(layers, name), { recursive: true, force: true })
  }
  const limit = Date.now() - keptDays * 24 * 3600 * 1000
  await removeLayers(cacheDirectory, ({ lastUsed }) => lastUsed.getTime() < limit)
}

async function removeLayers(
  cacheDirectory: string,
  isMeant: (layer: LayerMarker & { lastUsed: Date }) => boolean,
): Promise<void> {
  const { layers } = cacheLayout(cacheDirectory)
  for (const name of await readdir(layers).catch((): string[] => [])) {
    const directory = join(layers, name)
    const layer = await readLayer(directory)
    const facts = await stat(join(directory, markerFile)).catch(() => undefined)
    if (layer === undefined || facts === undefined || !isMeant({ ...layer, lastUsed: facts.mtime })) continue
    await rm(join(directory, markerFile), { force: true })
    await rm(directory, { recursive: true, force: true })
  }
}
