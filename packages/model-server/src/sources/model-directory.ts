import { readdir } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'

/** One version of a model on disk: `directory` holds `saved_model.pb`. */
export interface FoundVersion {
  readonly model: string
  readonly version: number
  readonly directory: string
}

export interface FoundModels {
  readonly versions: readonly FoundVersion[]
  /** The model for requests that name none. */
  readonly defaultModel: string
}

/** Why a directory cannot be served; the message is for the person who made it. */
export class ModelDirectoryError extends Error {
  override readonly name = 'ModelDirectoryError'
}

/**
 * Finds the models in an unpacked model.tar.gz. Each lies in numbered directories, and is named after what holds them:
 *
 *     1/saved_model.pb                    the directory's own name
 *     <name>/<n>/saved_model.pb           <name>; several side by side are several models
 *     export/Servo/<n>/saved_model.pb     Servo
 *
 * Every numbered directory beside one that holds a SavedModel is a version. The default model is the wanted one, or
 * the first by path. Throws ModelDirectoryError. Source: SageMaker TensorFlow Serving container, §3.1–3.3.
 */
export async function findModels(root: string, wantedDefault?: string): Promise<FoundModels> {
  const bundles = await findBundles(root)
  const bases = [...new Set(bundles.filter(isNumbered).map((directory) => dirname(directory)))]
  const [first] = bases
  if (first === undefined) throw await nothingFound(root, bundles)
  const names = bases.map((base) => basename(base))
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) {
    const where = bases.filter((base) => basename(base) === twice).map((base) => shown(root, base))
    throw new ModelDirectoryError(`two models are named ${twice}: ${where.join(' and ')}`)
  }
  const versions = await Promise.all(bases.map(versionsIn))
  const defaultModel = wantedDefault ?? basename(first)
  if (!names.includes(defaultModel)) {
    throw new ModelDirectoryError(
      `the default model ${defaultModel} is not there; found: ${names.join(', ')}`,
    )
  }
  return { versions: versions.flat(), defaultModel }
}

const bundleFiles = new Set(['saved_model.pb', 'saved_model.pbtxt'])
const isNumbered = (directory: string): boolean => /^\d+$/.test(basename(directory))

/** Directories that hold a SavedModel, by path. Symbolic links are not followed. */
async function findBundles(directory: string, depth = 0): Promise<string[]> {
  const depthLimit = 16
  const entries = await readEntries(directory)
  if (entries.some((entry) => entry.isFile() && bundleFiles.has(entry.name))) return [directory]
  if (depth === depthLimit) return []
  const below: string[] = []
  for (const entry of entries) {
    if (entry.isDirectory()) below.push(...(await findBundles(join(directory, entry.name), depth + 1)))
  }
  return below
}

async function versionsIn(base: string): Promise<FoundVersion[]> {
  const versions = new Map<number, FoundVersion>()
  for (const entry of await readEntries(base)) {
    if (!entry.isDirectory() || !isNumbered(entry.name)) continue
    const version = Number(entry.name)
    if (!Number.isSafeInteger(version))
      throw new ModelDirectoryError(`the version number ${entry.name} is too large`)
    if (versions.has(version)) throw new ModelDirectoryError(`${base} holds version ${version} twice`)
    versions.set(version, { model: basename(base), version, directory: join(base, entry.name) })
  }
  return [...versions.values()]
}

async function readEntries(directory: string) {
  try {
    const entries = await readdir(directory, { withFileTypes: true })
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  } catch (cause) {
    throw new ModelDirectoryError(`cannot read the model directory ${directory}`, { cause })
  }
}

async function nothingFound(root: string, bundles: readonly string[]): Promise<ModelDirectoryError> {
  const [misplaced] = bundles
  const wanted = 'a SavedModel must lie in a directory named by its version, such as 1/ or export/Servo/1/'
  if (misplaced !== undefined) {
    return new ModelDirectoryError(
      `no numeric version directory: saved_model.pb was found ${placeOf(root, misplaced)}, but ${wanted}`,
    )
  }
  const names = await contentOf(root)
  const content = names.length > 0 ? `the model holds ${names.join(', ')}` : 'the model is empty'
  const kerasFile = names.find((name) => /\.(h5|keras)$/.test(name))
  const way = kerasFile ? `; ${kerasFile} is a Keras file, whose SavedModel model.export() makes` : ''
  return new ModelDirectoryError(
    `no numeric version directory with a saved_model.pb: ${content}; ${wanted}${way}`,
  )
}

/** The first names, and those one folder deeper. */
async function contentOf(root: string): Promise<string[]> {
  const names: string[] = []
  for (const entry of (await readEntries(root)).slice(0, shownNames)) {
    const inside = entry.isDirectory() ? await readEntries(join(root, entry.name)) : []
    const paths = inside.map(({ name }) => `${entry.name}/${name}`)
    names.push(...(paths.length > 0 ? paths : [entry.isDirectory() ? `${entry.name}/` : entry.name]))
  }
  return names.slice(0, shownNames)
}

const shownNames = 10

const shown = (root: string, directory: string): string => relative(root, directory) || '.'

const placeOf = (root: string, directory: string): string =>
  root === directory ? 'at the top' : `in ${shown(root, directory)}`
