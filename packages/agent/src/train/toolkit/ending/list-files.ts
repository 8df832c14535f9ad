import { walkFolder } from '../../../objects/walk-folder.ts'

/** Most names that are looked at: enough for any model, and no burden where a folder holds millions. */
const limit = 10_000

/** Paths of files below a folder, relative to it; none when it is not there, or not to be read. */
export async function listFiles(folder: string): Promise<string[]> {
  const files: string[] = []
  try {
    for await (const { path, entry } of walkFolder(folder, () => {})) {
      if (!entry.isDirectory()) files.push(path)
      if (files.length >= limit) break
    }
  } catch {
    // They serve for hints alone.
  }
  return files
}
