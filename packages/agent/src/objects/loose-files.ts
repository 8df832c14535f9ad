import { readdir, realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'

/**
 * The path below `directory` of every file at or below it, in order. A link that leads to a file inside counts as that
 * file; `leaveOut` hears of all else that is neither file nor folder. Nothing when there is no such directory.
 */
export async function* looseFiles(
  directory: string,
  leaveOut: (path: string) => void,
): AsyncGenerator<string> {
  const root = await realpath(directory).catch(() => undefined)
  if (root === undefined) return
  const entries = await readdir(root, { withFileTypes: true, recursive: true })
  const paths = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
  for (const path of paths.sort()) {
    const target = await realpath(path).catch(() => '')
    const isInside = target.startsWith(root + sep) && (await stat(target)).isFile()
    if (isInside) yield path.slice(root.length + 1)
    else leaveOut(path.slice(root.length + 1))
  }
}
