import { constants } from 'node:fs'
import { open, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { ownFolder } from '../../machine/own-folder.ts'
import type { Layout } from './layout.ts'

/** Enough for the longest reason, whatever its characters. */
const readBytes = 4_096

/** What a program says of its failure; undefined when it says nothing. Only a plain file is read. */
export async function readFailure(layout: Layout): Promise<string | undefined> {
  const folder = await ownFolder(layout.root, layout.output)
  if (folder === undefined) return undefined
  try {
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
    await using file = await open(join(folder, basename(layout.failure)), flags)
    if (!(await file.stat()).isFile()) return undefined
    const { buffer, bytesRead } = await file.read(Buffer.alloc(readBytes), 0, readBytes, 0)
    return buffer.toString('utf8', 0, bytesRead).trim() || undefined
  } catch {
    // Not there, or not to be read: the exit code has to do.
    return undefined
  }
}

/** Leaves what the program itself has written. */
export function writeFailure(layout: Layout, text: string): Promise<void> {
  return writeNew(layout, basename(layout.failure), text)
}

export function writeSuccess(layout: Layout): Promise<void> {
  return writeNew(layout, basename(layout.success), '')
}

/** Never rejects: a program may have made anything of its folders, and its end is told in the report as well. */
async function writeNew(layout: Layout, name: string, text: string): Promise<void> {
  const folder = await ownFolder(layout.root, layout.output)
  if (folder !== undefined) await writeFile(join(folder, name), text, { flag: 'wx' }).catch(() => {})
}
