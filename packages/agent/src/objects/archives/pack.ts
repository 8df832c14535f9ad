import { readlinkSync, type Stats } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { create } from 'tar'
import { hasCode } from '../../error-code.ts'
import { gzipped } from './gzipped.ts'
import { refusal } from './tar-safety.ts'

/**
 * A folder's contents as a gzip-compressed tar stream; undefined when it holds nothing but folders, or is not
 * there. Only files, folders and links that stay inside are packed; `leaveOut` hears of the others, by path.
 * Modification times are kept, owners are not. The stream throws when a file cannot be read.
 */
export async function packDirectory(
  directory: string,
  leaveOut: (path: string) => void,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  if (!(await holdsFile(directory))) return undefined
  const names = (await readdir(directory)).sort()
  const archive = create(
    {
      cwd: directory,
      portable: true,
      strict: true,
      filter: (path, stat) => {
        const packable = 'isFile' in stat && isPackable(directory, path, stat)
        if (!packable) leaveOut(path)
        return packable
      },
    },
    // To node-tar `@x` means the archive x.
    names.map((name) => (name.startsWith('@') ? `./${name}` : name)),
  )
  return gzipped(archive)
}

/** True when anything but folders lies at or below the directory. */
export async function holdsFile(directory: string): Promise<boolean> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return []
    throw error
  })
  if (entries.some((entry) => !entry.isDirectory())) return true
  for (const entry of entries) if (await holdsFile(join(directory, entry.name))) return true
  return false
}

function isPackable(directory: string, path: string, stat: Stats): boolean {
  if (stat.isFile() || stat.isDirectory()) return true
  if (!stat.isSymbolicLink()) return false
  const linkPath = readlinkSync(join(directory, path))
  return refusal({ path, type: 'SymbolicLink', size: 0, linkPath }) === undefined
}
