import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** Bytes that a folder's files take on disk; a file with several names inside counts once. */
export async function diskUsage(directory: string): Promise<number> {
  const seen = new Set<string>()
  let bytes = 0
  for (const entry of await readdir(directory, { recursive: true })) {
    const facts = await lstat(join(directory, entry)).catch(() => undefined)
    const identity = `${facts?.dev}:${facts?.ino}`
    if (facts === undefined || seen.has(identity)) continue
    seen.add(identity)
    bytes += facts.blocks * 512
  }
  return bytes
}
