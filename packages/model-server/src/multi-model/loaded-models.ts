import { type UserCode, UserCodeError } from '../handlers/user-code.ts'
import type { Manager } from '../lifecycle/manager.ts'
import type { Loader } from '../servable.ts'
import { type FoundVersion, ModelDirectoryError } from '../sources/model-directory.ts'
import { StatusError } from '../status.ts'
import type { ReturnedMemory } from '../tensorflow/native-memory.ts'
import { alreadyLoaded, LoadRefusal, noBasePath, noMemory, noPorts, timedOut } from './load-refusal.ts'
import { bytesIn, versionsAt } from './model-base.ts'
import type { ModelMemory } from './model-memory.ts'
import type { PortPair, PortSlots } from './port-slots.ts'

export interface LoadedModel {
  readonly name: string
  /** The directory it was loaded from. */
  readonly url: string
  /** As answers name them; of its last process where it has several. */
  readonly ports: PortPair
  /** Its own handlers; undefined: the universal ones. */
  readonly userCode: UserCode | undefined
}

export interface LoadedModelsOptions {
  readonly manager: Pick<Manager, 'load' | 'forget'>
  readonly loader: (version: FoundVersion) => Loader
  /** Undefined: any number of models, which all name `ownPorts`. */
  readonly slots: PortSlots | undefined
  readonly ownPorts: PortPair
  readonly memory: ModelMemory
  readonly returned: ReturnedMemory
  readonly loadSeconds: number
  /** Starts the handlers that lie beside a model; undefined where there are none. Throws UserCodeError. */
  readonly startCode: (modelDirectory: string) => Promise<UserCode | undefined>
  readonly log: (line: string) => void
}

/**
 * Models that come and go while the server runs. Loads of different models run side by side; what is asked of a model
 * while it is loaded or unloaded waits until that is done. Disposing it ends the models' handlers, not the models.
 */
export class LoadedModels implements AsyncDisposable {
  readonly #options: LoadedModelsOptions
  readonly #byName = new Map<string, LoadedModel>()
  /** Loads and unloads under way, by model. Never rejects. */
  readonly #changing = new Map<string, Promise<unknown>>()
  /** What failed loads leave behind. */
  readonly #leaving = new Map<string, Promise<void>>()
  readonly #taken = new Map<string, readonly PortPair[]>()

  constructor(options: LoadedModelsOptions) {
    this.#options = options
  }

  get(name: string): LoadedModel | undefined {
    return this.#byName.get(name)
  }

  /** In the order in which they were loaded. */
  all(): IterableIterator<LoadedModel> {
    return this.#byName.values()
  }

  /** Resolves when the model answers. Throws LoadRefusal, with nothing of it left. */
  async load(name: string, url: string): Promise<LoadedModel> {
    while (this.#changing.has(name)) await this.#changing.get(name)
    if (this.#byName.has(name)) throw alreadyLoaded(name)
    return this.#change(name, async () => {
      const model = await this.#bring(name, url)
      this.#byName.set(name, model)
      return model
    })
  }

  /** Resolves, once its last request has been answered, when its memory is free; false where it was not loaded. */
  async unload(name: string): Promise<boolean> {
    while (this.#changing.has(name)) await this.#changing.get(name)
    const model = this.#byName.get(name)
    if (model === undefined) return false
    // From here on nobody finds it any more.
    this.#byName.delete(name)
    await this.#change(name, () => this.#remove(name, model.userCode))
    return true
  }

  async [Symbol.asyncDispose](): Promise<void> {
    while (this.#changing.size > 0) await Promise.all(this.#changing.values())
    for (const { userCode } of this.#byName.values()) await userCode?.[Symbol.asyncDispose]()
    this.#byName.clear()
  }

  #change<T>(name: string, work: () => Promise<T>): Promise<T> {
    const changed = work()
    const over = changed
      .catch(() => this.#leaving.get(name))
      .catch(() => undefined)
      .finally(() => {
        this.#leaving.delete(name)
        if (this.#changing.get(name) === over) this.#changing.delete(name)
      })
    this.#changing.set(name, over)
    return changed
  }

  async #bring(name: string, url: string): Promise<LoadedModel> {
    const { slots, memory, ownPorts } = this.#options
    const versions = await this.#find(name, url)
    const bytes = await bytesIn(versions.map(({ directory }) => directory))
    const pairs = slots ? slots.take() : []
    if (pairs === undefined) throw noPorts()
    if (slots) this.#taken.set(name, pairs)
    if (!memory.reserve(name, bytes)) {
      this.#release(name)
      throw noMemory()
    }
    let userCode: UserCode | undefined
    try {
      userCode = await this.#code(url)
      await this.#loadInTime(name, versions)
      return { name, url, ports: pairs.at(-1) ?? ownPorts, userCode }
    } catch (error) {
      const removed = this.#remove(name, userCode)
      const refusal = this.#refusal(error)
      // Who has waited long enough is told at once; the name is free again when the load has come to its end.
      if (refusal.status === 408) this.#leaving.set(name, removed)
      else await removed
      throw refusal
    }
  }

  async #find(name: string, url: string): Promise<readonly FoundVersion[]> {
    try {
      return await versionsAt(url)
    } catch (error) {
      if (!(error instanceof ModelDirectoryError)) throw this.#refusal(error)
      this.#options.log(`model ${name}: ${error.message}`)
      throw noBasePath(url, name, error)
    }
  }

  async #code(url: string): Promise<UserCode | undefined> {
    try {
      return await this.#options.startCode(url)
    } catch (error) {
      if (!(error instanceof UserCodeError)) throw error
      throw new LoadRefusal(500, error.message, { cause: error })
    }
  }

  async #loadInTime(name: string, versions: readonly FoundVersion[]): Promise<void> {
    const { manager, loader, loadSeconds, returned } = this.#options
    const loading = returned.loading()
    const loaded = manager
      .load(versions.map((version) => loader({ ...version, model: name })))
      .finally(() => loading[Symbol.dispose]())
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(timedOut(loadSeconds)), loadSeconds * 1000)
    })
    try {
      await Promise.race([loaded, late])
    } finally {
      clearTimeout(timer)
      // What it comes to after the time is over has been told already.
      loaded.catch(() => undefined)
    }
  }

  /** Also of a model that is still loading, which goes as soon as it has come. */
  async #remove(name: string, userCode: UserCode | undefined): Promise<void> {
    await this.#options.manager.forget(name)
    await userCode?.[Symbol.asyncDispose]()
    this.#options.returned.giveBack()
    this.#release(name)
  }

  #release(name: string): void {
    this.#options.memory.release(name)
    const pairs = this.#taken.get(name)
    this.#taken.delete(name)
    if (pairs) this.#options.slots?.giveBack(pairs)
  }

  #refusal(error: unknown): LoadRefusal {
    if (error instanceof LoadRefusal) return error
    if (error instanceof StatusError && error.code === 'RESOURCE_EXHAUSTED') return noMemory(error)
    if (error instanceof StatusError) return new LoadRefusal(500, error.message, { cause: error })
    this.#options.log(error instanceof Error ? (error.stack ?? error.message) : String(error))
    return new LoadRefusal(500, 'Internal error', { cause: error })
  }
}
