import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { hasCode } from '../error-code.ts'

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
 * them. Undefined when there is no such folder. Files that vanish meanwhile are left out; links are not followed.
 */
export async function scanFolder(folder: string): Promise<readonly SeenFile[] | undefined> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  })
  if (entries === undefined) return undefined
  const files: SeenFile[] = []
  for (const entry of entries) {
    if (!entry.isFile()) continue
    const whole = join(entry.parentPath, entry.name)
    const state = await stateOf(whole)
    if (state !== undefined) files.push({ path: whole.slice(folder.length + 1), ...state })
  }
  return files.sort((a, b) => (a.changedAt < b.changedAt ? -1 : a.changedAt > b.changedAt ? 1 : 0))
}

/** Undefined for what is no file, or no more. */
export async function stateOf(path: string): Promise<Omit<SeenFile, 'path'> | undefined> {
  const facts = await lstat(path, { bigint: true }).catch(() => undefined)
  if (facts?.isFile() !== true) return undefined
  return { state: `${facts.ino} ${facts.size} ${facts.mtimeNs}`, changedAt: facts.mtimeNs }
}
