import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { hasCode } from '../../../system-error.ts'
import { noteEnding, notePath, type PlaceNote, removeFile } from './files/object-files.ts'
import type { FilesystemParts } from './filesystem-objects.ts'

/**
 * Removes what a server that was killed has left: files that no row names, and only such as the server itself made.
 * Runs before anything else uses the store.
 */
export async function sweepDataFolders({ files, index, uploads, commits }: FilesystemParts): Promise<void> {
  const discarded = index.discarded()
  for (const place of discarded) await files.removePlace(place)
  if (discarded.length > 0) await commits.run(() => index.forget(discarded))

  const parts = new Set(uploads.partFiles())
  const { uploads: folder } = files.folders
  const names = await readdir(folder)
  for (const name of names.filter((entry) => entry.endsWith(noteEnding))) {
    const path = join(folder, basename(name, noteEnding))
    const note = await readNote(notePath(path))
    const isNamed = note === undefined || index.object(note)?.place === note.place
    if (!isNamed && (await isSameFile(path, files.pathOf(note.place)))) await files.removePlace(note.place)
  }
  for (const name of names) if (!parts.has(name)) await removeFile(join(folder, name))
}

/** Undefined for one that was being written when the server died: its place was not yet taken. */
async function readNote(path: string): Promise<PlaceNote | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** Something else may stand at the place: then it was not taken. */
async function isSameFile(a: string, b: string): Promise<boolean> {
  try {
    const [first, second] = await Promise.all([stat(a), stat(b)])
    return first.ino === second.ino && first.dev === second.dev
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return false
    throw error
  }
}
