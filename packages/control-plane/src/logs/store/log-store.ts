import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ResourceNotFoundException } from '@sagebrush/api'
import { hasCode } from '../../system-error.ts'
import { FilePool } from './file-pool.ts'
import { type GroupFile, LogGroup } from './log-group.ts'
import { deletedPrefix, escapeName, groupFileName, newPrefix } from './log-paths.ts'

/**
 * Log groups and their streams, in a folder of their own (log-paths.ts). One store at a time may have the folder.
 * What is acknowledged survives kill -9; a power failure may take the last second of it.
 */
export class LogStore implements AsyncDisposable {
  readonly #folder: string
  readonly #pool: FilePool
  readonly #groups = new Map<string, LogGroup>()
  #changes: Promise<unknown> = Promise.resolve()

  private constructor(folder: string, pool: FilePool) {
    this.#folder = folder
    this.#pool = pool
  }

  /** Makes the folder where there is none. */
  static async open(folder: string): Promise<LogStore> {
    await mkdir(folder, { recursive: true })
    const store = new LogStore(folder, new FilePool())
    for (const entry of await readdir(folder)) await store.#load(join(folder, entry), entry)
    return store
  }

  /** In order of name. */
  groups(): LogGroup[] {
    return [...this.#groups.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** Throws ResourceNotFoundException. */
  group(name: string): LogGroup {
    const group = this.#groups.get(name)
    if (!group) throw ResourceNotFoundException('The specified log group does not exist.')
    return group
  }

  /** False when the group is there already. */
  createGroup(file: GroupFile): Promise<boolean> {
    return this.#change(async () => {
      if (this.#groups.has(file.logGroupName)) return false
      const folder = join(this.#folder, escapeName(file.logGroupName))
      await mkdir(folder, { recursive: true })
      const fresh = join(folder, `${newPrefix}group`)
      await writeFile(fresh, JSON.stringify(file))
      await rename(fresh, join(folder, groupFileName))
      this.#groups.set(file.logGroupName, new LogGroup(folder, file, this.#pool))
      return true
    })
  }

  /** Throws ResourceNotFoundException. `id` is new: it names the folder on its way out. */
  deleteGroup(name: string, id: string): Promise<void> {
    return this.#change(async () => {
      const group = this.group(name)
      const gone = join(this.#folder, `${deletedPrefix}${id}`)
      await rename(group.folder, gone)
      this.#groups.delete(name)
      await group.discard()
      await rm(gone, { recursive: true, force: true })
    })
  }

  /** One change after another: between two, the folder and the map say the same. */
  #change<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#changes.then(work)
    this.#changes = done.catch(() => {})
    return done
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool[Symbol.asyncDispose]()
  }

  async #load(folder: string, entry: string): Promise<void> {
    if (entry.startsWith(deletedPrefix)) return rm(folder, { recursive: true, force: true })
    const text = await readGroupFile(folder)
    // The making of a group was cut short: its next making goes on from here.
    if (text === undefined) return
    const file: GroupFile = JSON.parse(text)
    this.#groups.set(file.logGroupName, new LogGroup(folder, file, this.#pool))
  }
}

async function readGroupFile(folder: string): Promise<string | undefined> {
  try {
    return await readFile(join(folder, groupFileName), 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}
