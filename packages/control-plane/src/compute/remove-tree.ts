import { rmdirSync, unlinkSync } from 'node:fs'
import { chmod, lstat, opendir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { hasCode, unlessAbsent } from '../system-error.ts'

/**
 * Deletes a folder with all that is in it, also where programs left folders that may not be read or written; one that
 * is not there is no error. Needs the same memory for a hundred thousand files as for ten, and lets others have their turn.
 */
export async function removeTree(folder: string): Promise<void> {
  try {
    await removeFolder(folder)
  } catch (error) {
    if (!hasCode(error, 'EACCES', 'EPERM', 'ENOTEMPTY')) throw error
    await openFolders(folder)
    await removeFolder(folder)
  }
}

const filesPerTurn = 128

/** Deleting a file takes microseconds, less than handing it to another thread. */
async function removeFolder(folder: string): Promise<void> {
  const entries = await opendir(folder, { bufferSize: filesPerTurn }).catch(unlessAbsent)
  if (entries === undefined) return
  let count = 0
  for await (const entry of entries) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) await removeFolder(path)
    else orGone(() => unlinkSync(path))
    count += 1
    if (count % filesPerTurn === 0) await setImmediate()
  }
  orGone(() => rmdirSync(folder))
}

async function openFolders(folder: string): Promise<void> {
  await chmod(folder, 0o700)
  for (const name of await readdir(folder)) {
    const path = join(folder, name)
    if ((await lstat(path)).isDirectory()) await openFolders(path)
  }
}

function orGone(work: () => void): void {
  try {
    work()
  } catch (error) {
    unlessAbsent(error)
  }
}
