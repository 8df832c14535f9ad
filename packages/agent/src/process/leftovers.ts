import { open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { hostFiles, type Leftovers } from '../host-files.ts'

/** Notes what of the program may outlive its processes; to be called before it comes to be. Replaces what was noted. */
export async function noteLeftovers(directory: string, leftovers: Partial<Leftovers>): Promise<void> {
  const path = join(directory, hostFiles.leftovers)
  const temporary = `${path}.new`
  {
    await using file = await open(temporary, 'w', 0o600)
    await file.writeFile(JSON.stringify({ controlGroups: [], removals: [], ...leftovers }))
    await file.sync()
  }
  await rename(temporary, path)
}
