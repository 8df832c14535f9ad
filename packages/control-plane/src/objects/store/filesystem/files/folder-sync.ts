import { open } from 'node:fs/promises'

/** Makes a file's bytes, or a folder's names, safe from a loss of power. */
export async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r')
  await file.sync().finally(() => file.close())
}

/** Syncs folders; those who ask for the same one at the same time share the work. */
export class FolderSync {
  readonly #folders = new Map<string, { readonly running: Promise<void>; next: Promise<void> | undefined }>()

  /** Resolves once all names that are in the folder now are safe. */
  async sync(path: string): Promise<void> {
    const known = this.#folders.get(path)
    if (known === undefined) return this.#start(path)
    // The one that runs may have begun before our name was there.
    known.next ??= known.running.then(
      () => this.#start(path),
      () => this.#start(path),
    )
    return known.next
  }

  #start(path: string): Promise<void> {
    const running = syncFile(path).finally(() => {
      if (this.#folders.get(path) === folder && folder.next === undefined) this.#folders.delete(path)
    })
    const folder: { readonly running: Promise<void>; next: Promise<void> | undefined } = {
      running,
      next: undefined,
    }
    this.#folders.set(path, folder)
    return running
  }
}
