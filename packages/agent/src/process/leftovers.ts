import { open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { hostFiles, type Leftovers } from '../host/host-files.ts'

/** Adds to what of the program may outlive its processes; to be called before it comes to be, one call at a time. */
export async function noteLeftovers(directory: string, leftovers: Partial<Leftovers>): Promise<void> {
  const path = join(directory, hostFiles.leftovers)
  const { controlGroups, removals } = await noted(path)
  const all: Leftovers = {
    controlGroups: [...controlGroups, ...(leftovers.controlGroups ?? [])],
    removals: [...removals, ...(leftovers.removals ?? [])],
  }
  const temporary = `${path}.new`
  {
    await using file = await open(temporary, 'w', 0o600)
    await file.writeFile(JSON.stringify(all))
    await file.sync()
  }
  await rename(temporary, path)
}

async function noted(path: string): Promise<Leftovers> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  return text === undefined ? { controlGroups: [], removals: [] } : JSON.parse(text)
}
