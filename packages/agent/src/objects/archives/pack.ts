import { readlinkSync, type Stats } from 'node:fs'
import { join } from 'node:path'
import { create } from 'tar'
import { walkFolder } from '../walk-folder.ts'
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
  const paths: string[] = []
  let holdsFile = false
  for await (const { path, entry } of walkFolder(directory, leaveOut)) {
    // To node-tar `@x` means the archive x.
    paths.push(path.startsWith('@') ? `./${path}` : path)
    holdsFile ||= !entry.isDirectory()
  }
  if (!holdsFile) return undefined
  const archive = create(
    {
      cwd: directory,
      portable: true,
      strict: true,
      noDirRecurse: true,
      filter: (path, stat) => {
        const packable = 'isFile' in stat && isPackable(directory, path, stat)
        if (!packable) leaveOut(path)
        return packable
      },
    },
    paths,
  )
  return gzipped(archive)
}

function isPackable(directory: string, path: string, stat: Stats): boolean {
  if (stat.isFile() || stat.isDirectory()) return true
  if (!stat.isSymbolicLink()) return false
  const linkPath = readlinkSync(join(directory, path))
  return refusal({ path, type: 'SymbolicLink', size: 0, linkPath }) === undefined
}
