import { statfs } from 'node:fs/promises'
import type { UnpackLimits } from '../objects/archives/unpack.ts'

const gibibyte = 2 ** 30
/** Archives of this size and less may hold anything that fits onto the disk. */
const harmlessBytes = 8 * gibibyte
/** More than weights that somebody has trained are ever compressed. */
const largestRatio = 50
const entries = 250_000
/** Stays free for everybody else on the machine. */
export const spareBytes = gibibyte

/**
 * How much an archive of `archiveBytes` may hold: no small one fills the disk, by accident or by design. `directory`
 * must exist.
 */
export async function archiveLimits(archiveBytes: number, directory: string): Promise<UnpackLimits> {
  const { bavail, bsize } = await statfs(directory)
  return limitsFor(archiveBytes, bavail * bsize)
}

export function limitsFor(archiveBytes: number, freeBytes: number): UnpackLimits {
  const allowed = Math.max(harmlessBytes, archiveBytes * largestRatio)
  return { bytes: Math.max(0, Math.min(allowed, freeBytes - spareBytes)), entries }
}
