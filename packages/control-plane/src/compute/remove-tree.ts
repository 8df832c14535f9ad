import { chmod, lstat, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Deletes a folder with all that is in it, also where programs left folders that may not be read or written. */
export async function removeTree(folder: string): Promise<void> {
  const options = { recursive: true, force: true } as const
  try {
    await rm(folder, options)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && /^(EACCES|EPERM|ENOTEMPTY)$/.test(String(error.code))))
      throw error
    await openFolders(folder)
    await rm(folder, options)
  }
}

async function openFolders(folder: string): Promise<void> {
  await chmod(folder, 0o700)
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    if ((await lstat(path)).isDirectory()) await openFolders(path)
  }
}
