import { access, readdir, readFile, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Environment } from '../environment.ts'
import { cacheLayout, markerFile } from './cache-layout.ts'

/** The marker: an Environment with paths relative to its folder, so that the folder may be moved. */
type Marker = Omit<Environment, 'name' | 'directory'>

/** The complete environments, by name. */
export async function listPrepared(cacheDirectory: string): Promise<Environment[]> {
  const { environments } = cacheLayout(cacheDirectory)
  const names = await readdir(environments).catch((): string[] => [])
  const found = await Promise.all(names.sort().map((name) => readEnvironment(cacheDirectory, name)))
  return found.filter((environment) => environment !== undefined)
}

/** Undefined when it is not there or not complete. */
export async function readEnvironment(
  cacheDirectory: string,
  name: string,
): Promise<Environment | undefined> {
  const directory = join(cacheLayout(cacheDirectory).environments, name)
  const text = await readFile(join(directory, markerFile), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const marker: Marker = JSON.parse(text)
  const executable = join(directory, marker.executable)
  // The Python that an environment was made from may have been removed since.
  const runs = await access(executable).then(
    () => true,
    () => false,
  )
  if (!runs) return undefined
  const library = marker.libtensorflow
  return {
    ...marker,
    name,
    directory,
    executable,
    sitePackages: join(directory, marker.sitePackages),
    ...(library === undefined ? {} : { libtensorflow: join(directory, library) }),
  }
}

/** Makes a folder a complete environment: the last thing that is written into it. */
export async function writeMarker(directory: string, marker: Marker): Promise<void> {
  await writeFile(join(directory, markerFile), `${JSON.stringify(marker, null, 2)}\n`)
}

/** Notes that an environment or a layer is used now. */
export async function touch(directory: string, now: Date): Promise<void> {
  // A cache that may only be read serves as well.
  await utimes(join(directory, markerFile), now, now).catch(() => undefined)
}
