import type { Dirent } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { hasCode } from '../error-code.ts'

export interface FolderEntry {
  /** Below the folder, `/` between parts. */
  readonly path: string
  readonly entry: Dirent
}

/**
 * All that lies below a folder, in order of name, each folder before what it holds; links are not followed. Nothing where
 * there is no such folder. What vanishes meanwhile is left out. `leaveOut` hears of names that are no UTF-8, which
 * neither Node can open nor S3 store. Throws the system's errors.
 */
export async function* walkFolder(
  folder: string,
  leaveOut: (path: string) => void,
  below = '',
): AsyncGenerator<FolderEntry> {
  const entries = await readdir(join(folder, below), { withFileTypes: true }).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return []
    throw error
  })
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`
    if (entry.name.includes('\ufffd') && !(await isThere(join(folder, path)))) {
      leaveOut(path)
      continue
    }
    yield { path, entry }
    if (entry.isDirectory()) yield* walkFolder(folder, leaveOut, path)
  }
}

const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  )
