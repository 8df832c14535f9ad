import { readdir } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'

const depthLimit = 4
const scripts = /^inference\.(py|ts|mts|js|mjs)$/

/**
 * Scripts in an unpacked model.tar.gz that nobody looks at, such as `1/code/inference.py`: paths below the directory.
 * The container passes them by in silence, and then refuses what they were made for.
 */
export async function misplacedCode(modelDirectory: string): Promise<string[]> {
  return (await scriptsIn(modelDirectory, depthLimit)).map((path) => relative(modelDirectory, path))
}

async function scriptsIn(directory: string, depth: number): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch(() => [])
  const found: string[] = []
  for (const entry of entries) {
    const path = join(directory, entry.name)
    if (entry.isFile() && scripts.test(basename(path))) found.push(path)
    if (entry.isDirectory() && depth > 0) found.push(...(await scriptsIn(path, depth - 1)))
  }
  return found.sort()
}
