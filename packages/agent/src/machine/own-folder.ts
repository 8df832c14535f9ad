import { realpath } from 'node:fs/promises'
import { sep } from 'node:path'

/**
 * Where a folder at or below `root` really is. Undefined when it is not there, and when a program has put a link in its
 * place, or above it, that leads out of `root`: what this machine has at the place that such a link names is not the
 * program's, least of all that of a program in a container, to which the link meant something else.
 */
export async function ownFolder(root: string, folder: string): Promise<string | undefined> {
  const [realRoot, real] = await Promise.all(
    [root, folder].map((path) => realpath(path).catch(() => undefined)),
  )
  if (realRoot === undefined || real === undefined) return undefined
  return real === realRoot || real.startsWith(realRoot + sep) ? real : undefined
}
