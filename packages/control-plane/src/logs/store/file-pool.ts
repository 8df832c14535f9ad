import { type FileHandle, open } from 'node:fs/promises'

interface Entry {
  readonly handle: Promise<FileHandle>
  users: number
  dirty: boolean
  forgotten: boolean
}

/**
 * Keeps at most `limit` files open for reading and writing, and closes those unused for longest. Written files reach
 * the disk (fdatasync) within `syncMillis`, and before they are closed.
 */
export class FilePool implements AsyncDisposable {
  readonly #limit: number
  readonly #syncMillis: number
  /** In order of last use. */
  readonly #entries = new Map<string, Entry>()
  readonly #closing = new Set<Promise<void>>()
  readonly #waiting: (() => void)[] = []
  #timer: NodeJS.Timeout | undefined

  constructor({ limit = 64, syncMillis = 1000 } = {}) {
    this.#limit = limit
    this.#syncMillis = syncMillis
  }

  /** Waits while `limit` files are in use, so a user must not ask for a second file. Throws ENOENT. */
  async use<T>(path: string, work: (handle: FileHandle) => Promise<T>): Promise<T> {
    const entry = await this.#acquire(path)
    try {
      return await work(await entry.handle)
    } finally {
      entry.users--
      if (entry.users === 0 && entry.forgotten) this.#close(entry)
      this.#waiting.shift()?.()
    }
  }

  /** To be called after a write. */
  written(path: string): void {
    const entry = this.#entries.get(path)
    if (!entry) return
    entry.dirty = true
    this.#timer ??= setTimeout(() => this.#syncAll(), this.#syncMillis).unref()
  }

  /** Closes the file once nobody uses it: it is about to be removed. */
  forget(path: string): void {
    const entry = this.#entries.get(path)
    if (!entry) return
    this.#entries.delete(path)
    entry.forgotten = true
    entry.dirty = false
    if (entry.users === 0) this.#close(entry)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer)
    for (const [path, entry] of this.#entries) {
      this.#entries.delete(path)
      this.#close(entry)
    }
    await Promise.all(this.#closing)
  }

  async #acquire(path: string): Promise<Entry> {
    for (;;) {
      const known = this.#entries.get(path)
      if (known) {
        this.#entries.delete(path)
        this.#entries.set(path, known)
        known.users++
        return known
      }
      if (this.#entries.size < this.#limit || this.#evict()) break
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    const entry: Entry = { handle: open(path, 'r+'), users: 1, dirty: false, forgotten: false }
    this.#entries.set(path, entry)
    entry.handle.catch(() => this.#entries.get(path) === entry && this.#entries.delete(path))
    return entry
  }

  /** False when every file is in use. */
  #evict(): boolean {
    for (const [path, entry] of this.#entries) {
      if (entry.users > 0) continue
      this.#entries.delete(path)
      this.#close(entry)
      return true
    }
    return false
  }

  #close(entry: Entry): void {
    const closing = entry.handle
      .then(async (handle) => {
        if (entry.dirty) await handle.datasync()
        await handle.close()
      })
      // A file that cannot be synced or closed is one that its next reader meets anyway.
      .catch(() => {})
      .finally(() => this.#closing.delete(closing))
    this.#closing.add(closing)
  }

  #syncAll(): void {
    this.#timer = undefined
    for (const [path, entry] of this.#entries) {
      if (!entry.dirty) continue
      entry.dirty = false
      this.use(path, (handle) => handle.datasync()).catch(() => {
        entry.dirty = true
      })
    }
  }
}
