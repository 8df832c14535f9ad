import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { copyFile, link, mkdir, open, rmdir, truncate, unlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Bytes } from '@sagebrush/api'
import { hasCode } from '../../../../system-error.ts'
import type { ObjectName } from '../../object-store.ts'
import { type DataFolders, dataFolders, placesFor } from './filesystem-places.ts'
import { FolderSync, syncFile } from './folder-sync.ts'
import { type WritePlace, writeStreamToFile } from './write-stream-to-file.ts'

/** A file that no row names yet; disposing it removes it, but not the place that it was given. */
export interface IncomingFile extends AsyncDisposable {
  readonly id: string
  readonly path: string
  readonly sizeBytes: number
}

/** The files below a data directory. Knows nothing of the index. */
export class ObjectFiles {
  readonly folders: DataFolders
  readonly #sync = new FolderSync()

  private constructor(folders: DataFolders) {
    this.folders = folders
  }

  static async open(directory: string): Promise<ObjectFiles> {
    const folders = dataFolders(directory)
    for (const folder of Object.values(folders)) await mkdir(folder, { recursive: true })
    return new ObjectFiles(folders)
  }

  /** Reads the body to its end; its bytes, though not the file's name, are then safe from a loss of power. */
  async receive(body: Bytes): Promise<IncomingFile> {
    const { id, path } = this.#newFile()
    try {
      const file = await open(path, 'wx', fileMode)
      try {
        return incomingFile(id, path, await writeStreamToFile(file, body))
      } finally {
        await file.close()
      }
    } catch (error) {
      await removeFile(path)
      throw error
    }
  }

  /** As `receive`, into a part of a kept file, which is made if there is none. Returns the size in bytes. */
  async receiveInto(id: string, body: Bytes, place: WritePlace): Promise<number> {
    const file = await open(this.keptPath(id), constants.O_RDWR | constants.O_CREAT, 0o644)
    try {
      return await writeStreamToFile(file, body, place)
    } finally {
      await file.close()
    }
  }

  /** The kept file, cut off at this size, as a file to be placed. */
  async receiveKept(id: string, sizeBytes: number): Promise<IncomingFile | undefined> {
    await truncate(this.keptPath(id), sizeBytes)
    await syncFile(this.keptPath(id))
    return this.share(this.keptPath(id), sizeBytes)
  }

  /** The same bytes under a second name, or copied where that can't be. Undefined when there is no such file. */
  async share(source: string, sizeBytes: number): Promise<IncomingFile | undefined> {
    const { id, path } = this.#newFile()
    try {
      await linkOrCopy(source, path)
      return incomingFile(id, path, sizeBytes)
    } catch (error) {
      await removeFile(path)
      if (hasCode(error, 'ENOENT')) return undefined
      throw error
    }
  }

  /**
   * Gives the file the best free place for the object. The note beside it tells a server that starts after a crash what
   * place to take back, should no row name it.
   */
  async place(file: IncomingFile, { bucket, key }: ObjectName): Promise<string> {
    for (const place of placesFor(bucket, key, file.id)) {
      await writeFile(notePath(file.path), JSON.stringify({ bucket, key, place } satisfies PlaceNote))
      if (await this.#take(file.path, this.pathOf(place))) return place
    }
    throw new Error(`no place was free for ${JSON.stringify(key)}`)
  }

  /** Received files may stay what they are, named by a row: for that, their names must be safe too. */
  async syncKept(): Promise<void> {
    await this.#sync.sync(this.folders.uploads)
  }

  keptPath(id: string): string {
    return join(this.folders.uploads, id)
  }

  /** Cuts a kept file off, or removes it when nothing is left. */
  async trimKept(id: string, sizeBytes: number): Promise<void> {
    if (sizeBytes === 0) await this.removeKept(id)
    else await truncate(this.keptPath(id), sizeBytes)
  }

  async removeKept(id: string): Promise<void> {
    await removeFile(this.keptPath(id))
  }

  pathOf(place: string): string {
    return join(this.folders.objects, place)
  }

  /** Takes the folders along that become empty. */
  async removePlace(place: string): Promise<void> {
    await removeFile(this.pathOf(place))
    for (let folder = dirname(place); folder.includes('/'); folder = dirname(folder)) {
      if (!(await removeFolder(this.pathOf(folder)))) return
    }
  }

  async removeBucket(bucket: string): Promise<void> {
    await removeFolder(this.pathOf(`${bucket}/.sagebrush`))
    await removeFolder(this.pathOf(bucket))
  }

  /** False when something else stands there, or a file where a folder is needed. */
  async #take(from: string, to: string): Promise<boolean> {
    // A folder can be removed as empty between its making and its use.
    for (let attempt = 0; ; attempt++) {
      try {
        await this.#makeFolder(dirname(to))
        await linkOrCopy(from, to)
        break
      } catch (error) {
        if (hasCode(error, 'EEXIST', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG', 'EILSEQ', 'EINVAL')) return false
        if (!hasCode(error, 'ENOENT') || attempt === lastAttempt) throw error
      }
    }
    try {
      await this.#sync.sync(dirname(to))
      return true
    } catch (error) {
      await removeFile(to)
      throw error
    }
  }

  async #makeFolder(path: string): Promise<void> {
    const first = await mkdir(path, { recursive: true })
    if (first === undefined) return
    for (let folder = path; folder.length >= first.length; folder = dirname(folder)) {
      await this.#sync.sync(dirname(folder))
    }
  }

  #newFile() {
    const id = randomUUID().replaceAll('-', '')
    return { id, path: this.keptPath(id) }
  }
}

export interface PlaceNote extends ObjectName {
  readonly place: string
}
export function notePath(incomingPath: string): string {
  return `${incomingPath}${noteEnding}`
}
export const noteEnding = '.place'

/** Of what isn't there too. */
export async function removeFile(path: string): Promise<void> {
  try {
    await unlink(path)
  } catch (error) {
    if (!hasCode(error, 'ENOENT', 'ENOTDIR', 'EISDIR', 'EPERM')) throw error
  }
}

/** Nobody should write into a file that an index describes. */
const fileMode = 0o444
const lastAttempt = 10

function incomingFile(id: string, path: string, sizeBytes: number): IncomingFile {
  return {
    id,
    path,
    sizeBytes,
    [Symbol.asyncDispose]: async () => {
      await removeFile(path)
      await removeFile(notePath(path))
    },
  }
}

/** File systems without hard links, and files with too many of them, cost a copy. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch (error) {
    if (!hasCode(error, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EXDEV')) throw error
    await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
    await syncFile(to)
  }
}

/** False when it isn't empty, or can't be removed. */
async function removeFolder(path: string): Promise<boolean> {
  try {
    await rmdir(path)
    return true
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return true
    if (hasCode(error, 'ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'EBUSY', 'EPERM', 'EACCES')) return false
    throw error
  }
}
