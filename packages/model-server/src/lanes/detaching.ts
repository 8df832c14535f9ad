import type { Loader, Servable } from '../servable.ts'
import type { WorkerPool } from './worker-pool.ts'

/** Threads let go of a version before it is unloaded. */
export function detaching({ id, load }: Loader, pool: Pick<WorkerPool, 'detach'>): Loader {
  return { id, load: loadDetaching }

  async function loadDetaching(): Promise<Servable> {
    const loaded = await load()
    const servable: Servable = {
      ...loaded,
      async [Symbol.asyncDispose]() {
        pool.detach(servable)
        await loaded[Symbol.asyncDispose]()
      },
    }
    return servable
  }
}
