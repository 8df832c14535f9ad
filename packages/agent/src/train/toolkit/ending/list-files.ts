import { readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'

/** Most names that are looked at: enough for any model, and no burden where a folder holds millions. */
const limit = 10_000

/** Paths of files below a folder, relative to it; none when it is not there. */
export async function listFiles(folder: string): Promise<string[]> {
  const files: string[] = []
  const visit = async (current: string): Promise<void> => {
    for (const entry of await readdir(current, { withFileTypes: true }).catch(() => [])) {
      if (files.length >= limit) return
      const path = join(current, entry.name)
      if (entry.isDirectory()) await visit(path)
      else files.push(relative(folder, path))
    }
  }
  await visit(folder)
  return files
}
