import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'

export interface Place {
  readonly name: string
  /** Where things lie while they are made; on the same file system as `place`. */
  readonly making: string
  readonly place: string
}

/**
 * Makes a folder as a whole: `make` fills one with another name, which then takes its place at once. When `make`
 * fails nothing is left. To be called under a lock on the name: what earlier attempts left is removed first.
 */
export async function makeWhole<T>(
  { name, making, place }: Place,
  make: (directory: string) => Promise<T>,
): Promise<T> {
  await mkdir(making, { recursive: true })
  await removeRubbish(making, name)
  const directory = await mkdtemp(join(making, `${name}.`))
  try {
    const result = await make(directory)
    await mkdir(dirname(place), { recursive: true })
    await moveAway(place, { name, making })
    await rename(directory, place)
    return result
  } finally {
    await removeRubbish(making, name)
  }
}

/** Removes a folder so that it is either there as a whole or not at all. Does nothing when there is none. */
export async function removeWhole({ name, making, place }: Place): Promise<void> {
  await mkdir(making, { recursive: true })
  await moveAway(place, { name, making })
  await removeRubbish(making, name)
}

async function moveAway(place: string, { name, making }: Omit<Place, 'place'>): Promise<void> {
  const away = await mkdtemp(join(making, `${name}.`))
  await rename(place, join(away, 'old')).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
}

/** A process that was killed may have left an installer behind that still writes: what it adds meanwhile goes next time. */
async function removeRubbish(making: string, name: string): Promise<void> {
  for (const entry of await readdir(making)) {
    if (entry.startsWith(`${name}.`))
      await rm(join(making, entry), { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined)
  }
}
