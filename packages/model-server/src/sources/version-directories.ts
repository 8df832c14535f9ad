import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { WantedVersions } from '../configuration/model-server-config.ts'

export interface VersionDirectory {
  readonly version: number
  readonly directory: string
}

export interface FoundVersions {
  readonly versions: VersionDirectory[]
  /** Names that are numbers, but beyond those that are told apart here. */
  readonly tooLarge: readonly string[]
}

/**
 * The children of a base path that are named by a number, `00000123` too; lowest first. Of two directories with the
 * same number the later by name wins. Rejects with Node's error where the base path cannot be read.
 * Source: TensorFlow Serving, sources/storage_path/file_system_storage_path_source.cc.
 */
export async function versionDirectories(basePath: string): Promise<FoundVersions> {
  const entries = await readdir(basePath, { withFileTypes: true })
  const found = new Map<number, VersionDirectory>()
  const tooLarge: string[] = []
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (!/^\d+$/.test(entry.name)) continue
    const version = Number(entry.name)
    if (!Number.isSafeInteger(version)) {
      tooLarge.push(entry.name)
      continue
    }
    const directory = join(basePath, entry.name)
    if (entry.isDirectory() || (entry.isSymbolicLink() && (await isDirectory(directory)))) {
      found.set(version, { version, directory })
    }
  }
  return { versions: [...found.values()].sort((a, b) => a.version - b.version), tooLarge }
}

/** Which of the versions found are to be served. Pure. */
export function chooseVersions<T extends { readonly version: number }>(
  found: readonly T[],
  wanted: WantedVersions,
): T[] {
  if (wanted === 'all') return [...found]
  if ('specific' in wanted) return found.filter(({ version }) => wanted.specific.includes(version))
  return [...found].sort((a, b) => a.version - b.version).slice(-wanted.latest)
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch {
    // A link to nowhere, or one that vanished since: no version.
    return false
  }
}
