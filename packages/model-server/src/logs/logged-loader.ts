import type { Loader, Servable } from '../servable.ts'
import { asStatusError } from '../status.ts'
import type { Log } from './log.ts'

/** Logs when a version is there, why it is not, and when it is gone. */
export function loggedLoader({ id, load }: Loader, log: Log): Loader {
  return { id, load: loadLogged }

  async function loadLogged(): Promise<Servable> {
    const started = performance.now()
    const took = () => ({ ...id, millis: Math.round(performance.now() - started) })
    try {
      const servable = await load()
      log.info('loaded', took())
      return { ...servable, [Symbol.asyncDispose]: () => unload(servable) }
    } catch (thrown) {
      const { code, message } = asStatusError(thrown)
      log.error('not loaded', { ...took(), code, reason: message })
      throw thrown
    }
  }

  async function unload(servable: Servable): Promise<void> {
    await servable[Symbol.asyncDispose]()
    log.info('unloaded', { ...id })
  }
}
