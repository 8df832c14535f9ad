import { statfs } from 'node:fs/promises'

/** Less is left than any program leaves that has met the end of it. */
const fullBytes = 1 << 20

/** Whether the disk that a folder lies on has no room left. */
export async function isDiskFull(directory: string): Promise<boolean> {
  const { bavail, bsize } = await statfs(directory)
  return bavail * bsize < fullBytes
}
