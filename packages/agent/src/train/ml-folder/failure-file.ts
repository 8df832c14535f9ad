import { constants } from 'node:fs'
import { open, writeFile } from 'node:fs/promises'

/** Enough for the longest reason, whatever its characters. */
const readBytes = 4_096

/** What a program says of its failure; undefined when it says nothing. Only a plain file is read. */
export async function readFailure(path: string): Promise<string | undefined> {
  try {
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
    await using file = await open(path, flags)
    if (!(await file.stat()).isFile()) return undefined
    const { buffer, bytesRead } = await file.read(Buffer.alloc(readBytes), 0, readBytes, 0)
    return buffer.toString('utf8', 0, bytesRead).trim() || undefined
  } catch {
    // Not there, or not to be read: the exit code has to do.
    return undefined
  }
}

/** Leaves what the program itself has written. */
export async function writeFailure(path: string, text: string): Promise<void> {
  // A program may have made anything of this path, and its end is told in the report as well.
  await writeFile(path, text, { flag: 'wx' }).catch(() => {})
}
