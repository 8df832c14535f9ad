import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { walkFolder } from '../objects/walk-folder.ts'

/** A file as it stood at one moment. */
export interface SeenFile {
  /** Below the folder, `/` between parts. */
  readonly path: string
  /** Another one whenever its bytes may be others. */
  readonly state: string
  /** Nanoseconds since 1970. */
  readonly changedAt: bigint
}

/**
 * Every plain file at or below the folder, those changed longest ago first: a file that names others is written after
 * them. Undefined when there is no such folder, also when it went meanwhile: nothing can be said of its files then. Files
 * that vanish meanwhile are left out; links are not followed. `leaveOut` hears of names that no object can have.
 */
export async function scanFolder(
  folder: string,
  leaveOut: (path: string) => void,
): Promise<readonly SeenFile[] | undefined> {
  const files: SeenFile[] = []
  for await (const { path, entry } of walkFolder(folder, leaveOut)) {
    const state = entry.isFile() ? await stateOf(join(folder, path)) : undefined
    if (state !== undefined) files.push({ path, ...state })
  }
  const facts = await lstat(folder).catch(() => undefined)
  if (facts?.isDirectory() !== true) return undefined
  return files.sort((a, b) => (a.changedAt < b.changedAt ? -1 : a.changedAt > b.changedAt ? 1 : 0))
}

/** Undefined for what is no file, or no more. */
export async function stateOf(path: string): Promise<Omit<SeenFile, 'path'> | undefined> {
  const facts = await lstat(path, { bigint: true }).catch(() => undefined)
  if (facts?.isFile() !== true) return undefined
  return { state: `${facts.ino} ${facts.size} ${facts.mtimeNs}`, changedAt: facts.mtimeNs }
}
