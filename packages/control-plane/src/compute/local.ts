import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { hostFiles, type Share } from '@sagebrush/agent'
import { Changes } from '../store/changes.ts'
import { unlessAbsent } from '../system-error.ts'
import { clearLeftovers } from './clear-leftovers.ts'
import type { Compute, HostGroup, HostState } from './compute.ts'
import { GroupWatch } from './group-watch.ts'
import { agentOf, hostFolders, hostState, marksOf, noteStarted, writePlan } from './host-folder.ts'
import { killTree } from './kill-tree.ts'
import { isRunning, type ProcessMark, processFacts, signal } from './processes.ts'
import { removeTree } from './remove-tree.ts'
import { type Sharing, TrainQueue } from './room/train-queue.ts'

export interface LocalComputeOptions {
  /** Holds `<group id>/<index>/`, one folder per host; see `hostFiles`. */
  readonly directory: string
  /** Runs one host: `--host-directory <folder>` is added to its arguments. */
  readonly agent: {
    readonly command: string
    readonly args: readonly string[]
    readonly environment: Readonly<Record<string, string>>
  }
  /** Further groups that train wait until one has ended. */
  readonly maxTrainGroups: number
  /** What groups that train may take of this machine; without it they take what they like. */
  readonly sharing?: Sharing
  readonly pollSeconds?: number
}

/** In the environment of an agent and of everything it starts; the value is the host's folder. */
const MARK = 'SAGEBRUSH_HOST_DIRECTORY'
const REMOVED = '.removed-'
const UNFINISHED = '.new-'

/**
 * Hosts are processes of this machine, one detached agent each, that live on when this process ends. The folders are
 * the only state: whoever opens them next adopts what runs there.
 */
export class LocalCompute implements Compute, AsyncDisposable {
  readonly #options: LocalComputeOptions
  readonly #changes = new Changes()
  readonly #watch: GroupWatch
  readonly #deletions = new Set<Promise<void>>()
  readonly #queue: TrainQueue
  #starts: Promise<unknown> = Promise.resolve()

  private constructor(options: LocalComputeOptions) {
    this.#options = options
    this.#queue = new TrainQueue(options)
    this.#watch = new GroupWatch({
      changed: (group) => this.#changes.announce(group),
      pollSeconds: options.pollSeconds ?? 2,
    })
  }

  static async open(options: LocalComputeOptions): Promise<LocalCompute> {
    await mkdir(options.directory, { recursive: true, mode: 0o700 })
    const compute = new LocalCompute(options)
    for (const name of await readdir(options.directory)) {
      if (name.startsWith(REMOVED) || name.startsWith(UNFINISHED)) compute.#deleteLater(name)
      else await compute.#watch.add(name, compute.#folder(name))
    }
    return compute
  }

  /** The hosts live on. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#watch[Symbol.dispose]()
    await Promise.allSettled([this.#starts, ...this.#deletions])
  }

  start(group: HostGroup): Promise<'started' | 'full'> {
    // One after the other, so that two cannot take the same last place.
    const started = this.#starts.then(() => this.#start(group))
    this.#starts = started.catch(() => {})
    return started
  }

  async inspect(id: string): Promise<readonly HostState[] | undefined> {
    const folders = await hostFolders(this.#folder(id))
    return folders && Promise.all(folders.map(hostState))
  }

  stop(id: string): Promise<void> {
    return this.#signal(id, 'SIGTERM')
  }

  interrupt(id: string): Promise<void> {
    return this.#signal(id, 'SIGUSR2')
  }

  async remove(id: string): Promise<void> {
    this.#queue.leave(id)
    const folders = await hostFolders(this.#folder(id))
    if (folders) {
      for (const folder of folders) {
        await killTree({ roots: await marksOf(folder), variable: `${MARK}=${folder}` })
        await clearLeftovers(folder, this.#options.agent.environment)
      }
      this.#watch.remove(id)
      // Somebody else may be removing it too.
      await rename(this.#folder(id), this.#folder(REMOVED + id)).catch(unlessAbsent)
      this.#deleteLater(REMOVED + id)
      this.#changes.announce(id)
    }
    for (const waiting of await this.#queue.admitted()) this.#changes.announce(waiting)
  }

  changes(signal: AbortSignal): AsyncIterable<string> {
    return this.#changes.subscribe(signal)
  }

  async #start(group: HostGroup): Promise<'started' | 'full'> {
    const folder = this.#folder(group.id)
    if (!(await hostFolders(folder))) {
      const shares = await this.#queue.enter(group)
      if (shares === 'full') return 'full'
      await this.#makeFolders(group, shares)
    }
    this.#queue.leave(group.id)
    await this.#watch.add(group.id, folder)
    for (const host of (await hostFolders(folder)) ?? []) {
      if (!(await agentOf(host))) await noteStarted(host, await this.#spawn(group.id, host))
    }
    return 'started'
  }

  /** Whole or not at all: once a group has a folder, all plans lie in it. */
  async #makeFolders(group: HostGroup, shares: readonly (Share | undefined)[]): Promise<void> {
    const unfinished = this.#folder(UNFINISHED + group.id)
    await rm(unfinished, { recursive: true, force: true })
    for (const [index, plan] of group.hosts.entries()) {
      const host = join(unfinished, String(index))
      await mkdir(host, { recursive: true, mode: 0o700 })
      const share = shares[index]
      await writePlan(host, share ? { ...plan, share } : plan)
    }
    await rename(unfinished, this.#folder(group.id))
  }

  async #spawn(id: string, folder: string): Promise<ProcessMark> {
    const { command, args, environment } = this.#options.agent
    const path = join(folder, hostFiles.output)
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await using output = await open(path, 'a', 0o600)
    const agent = spawn(command, [...args, '--host-directory', folder], {
      cwd: folder,
      detached: true,
      stdio: ['ignore', output.fd, output.fd],
      env: { ...environment, [MARK]: folder },
    })
    agent.once('exit', () => this.#changes.announce(id))
    agent.unref()
    // Rejects when the program cannot be run.
    await once(agent, 'spawn')
    const pid = agent.pid ?? Number.NaN
    const facts = await processFacts(pid)
    return { pid, startTicks: facts?.startTicks ?? 'ended' }
  }

  async #signal(id: string, name: 'SIGTERM' | 'SIGUSR2'): Promise<void> {
    for (const folder of (await hostFolders(this.#folder(id))) ?? []) {
      const agent = await agentOf(folder)
      if (agent && (await isRunning(agent))) signal(agent.pid, name)
    }
  }

  #deleteLater(name: string): void {
    // What is left is tried again at the next start.
    const deletion = removeTree(this.#folder(name)).catch(() => {})
    this.#deletions.add(deletion)
    deletion.then(() => this.#deletions.delete(deletion))
  }

  #folder(id: string): string {
    return join(this.#options.directory, id)
  }
}
