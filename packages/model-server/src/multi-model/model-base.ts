import { readdir, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { type FoundVersion, findModels, ModelDirectoryError } from '../sources/model-directory.ts'

/**
 * The versions of the one model that lies at `url`: numbered directories right there, or, as older archives have it,
 * further down, such as in `export/Servo`. Throws ModelDirectoryError.
 */
export async function versionsAt(url: string): Promise<readonly FoundVersion[]> {
  const { versions } = await findModels(url)
  const here = versions.filter(({ directory }) => !relative(url, directory).includes('/'))
  if (here.length > 0) return here
  const names = new Set(versions.map(({ model }) => model))
  if (names.size === 1) return versions
  throw new ModelDirectoryError(`several models lie in ${url}, where one is loaded: ${[...names].join(', ')}`)
}

/** Bytes of all files below the directories. */
export async function bytesIn(directories: readonly string[]): Promise<number> {
  let bytes = 0
  for (const directory of directories) {
    for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size
    }
  }
  return bytes
}
