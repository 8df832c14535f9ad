import { type FSWatcher, watch } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { hostFiles } from '@sagebrush/agent'
import { agentOf, hostFolders } from './host-folder.ts'
import { isRunning } from './processes.ts'

export interface GroupWatchOptions {
  readonly changed: (group: string) => void
  /** For what no file tells, such as a killed agent, and for file events that got lost. */
  readonly pollSeconds: number
}

/** Tells when a group of hosts may have changed. Costs nothing while no group is watched. */
export class GroupWatch implements Disposable {
  readonly #options: GroupWatchOptions
  readonly #groups = new Map<
    string,
    { readonly folder: string; readonly watchers: FSWatcher[]; seen: string }
  >()
  #timer: NodeJS.Timeout | undefined

  constructor(options: GroupWatchOptions) {
    this.#options = options
  }

  /** A group that is watched already stays so. */
  async add(group: string, folder: string): Promise<void> {
    if (this.#groups.has(group)) return
    const hosts = (await hostFolders(folder)) ?? []
    const watchers = hosts.flatMap((host) => this.#watchHost(group, host))
    this.#groups.set(group, { folder, watchers, seen: '' })
    this.#timer ??= setInterval(() => this.#poll(), this.#options.pollSeconds * 1000).unref()
  }

  remove(group: string): void {
    for (const watcher of this.#groups.get(group)?.watchers ?? []) watcher.close()
    this.#groups.delete(group)
    if (this.#groups.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  [Symbol.dispose](): void {
    for (const group of [...this.#groups.keys()]) this.remove(group)
  }

  /** No watcher (a system that has too many): the poll still tells. */
  #watchHost(group: string, host: string): FSWatcher[] {
    try {
      const watcher = watch(host, { persistent: false }, (_event, file) => {
        if (file === null || file === hostFiles.report || file === hostFiles.claim)
          this.#options.changed(group)
      })
      watcher.on('error', () => watcher.close())
      return [watcher]
    } catch {
      return []
    }
  }

  async #poll(): Promise<void> {
    for (const [group, watched] of this.#groups) {
      const now = await fingerprint(watched.folder).catch(() => 'unreadable')
      if (now !== watched.seen) this.#options.changed(group)
      watched.seen = now
    }
  }
}

async function fingerprint(folder: string): Promise<string> {
  const hosts = (await hostFolders(folder)) ?? []
  const parts = hosts.map(async (host) => {
    const report = await stat(join(host, hostFiles.report)).catch(() => undefined)
    const agent = await agentOf(host)
    return `${report?.ino}@${report?.mtimeMs} ${agent?.pid} ${agent && (await isRunning(agent))}`
  })
  return (await Promise.all(parts)).join('; ')
}
