import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { cacheLayout, markerFile } from './cache/cache-layout.ts'
import { diskUsage } from './cache/disk-usage.ts'
import { listPrepared } from './cache/inventory.ts'
import { removeWhole } from './cache/make-whole.ts'
import type { Environment } from './environment.ts'
import { EnvironmentError } from './environment-error.ts'
import { removeLayersOf } from './installing/layer.ts'

export interface ListedEnvironment extends Environment {
  /** As if nothing were shared; environments share most of their files with uv's cache and so with each other. */
  readonly sizeBytes: number
  readonly lastUsed: Date
}

/** The complete environments with their sizes, which takes about a second for each. */
export async function listEnvironments(cacheDirectory: string): Promise<ListedEnvironment[]> {
  const listed: ListedEnvironment[] = []
  for (const environment of await listPrepared(cacheDirectory)) {
    const { mtime } = await stat(join(environment.directory, markerFile))
    listed.push({ ...environment, sizeBytes: await diskUsage(environment.directory), lastUsed: mtime })
  }
  return listed
}

/**
 * Removes an environment and the requirements installed above it; programs that run in it may fail from then on.
 * Throws EnvironmentError when there is none of that name.
 */
export async function removeEnvironment(cacheDirectory: string, name: string): Promise<void> {
  const { environments, making } = cacheLayout(cacheDirectory)
  const names = await readdir(environments).catch((): string[] => [])
  if (!names.includes(name))
    throw new EnvironmentError(`There is no environment "${name}" in ${environments}.`)
  await removeWhole({ name, making, place: join(environments, name) })
  await removeLayersOf(name, cacheDirectory)
}
