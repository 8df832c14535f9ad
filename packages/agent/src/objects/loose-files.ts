import { realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { walkFolder } from './walk-folder.ts'

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
  for await (const { path, entry } of walkFolder(root, leaveOut)) {
    if (entry.isDirectory()) continue
    const target = await realpath(join(root, path)).catch(() => '')
    const isInside = target.startsWith(root + sep) && (await stat(target)).isFile()
    if (isInside) yield path
    else leaveOut(path)
  }
}
