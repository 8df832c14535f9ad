import type { Host } from '../host/host.ts'
import { hostName } from '../process/host-fence.ts'
import { noteLeftovers } from '../process/leftovers.ts'
import { lastWill } from '../process/watchdog.ts'
import { call, type Engine } from './engine.ts'

const removeLimitSeconds = 60

/**
 * Hands out the name that the host's one container is to have. Nothing of it is left once `use` is over, nor when this
 * process is killed. Throws what `use` throws.
 */
export async function withContainer<T>(
  engine: Engine,
  { config }: Host,
  use: (name: string) => Promise<T>,
): Promise<T> {
  const name = hostName(config.directory)
  const removal = ['rm', '--force', '--volumes', name]
  await noteLeftovers(config.directory, { removals: [[...engine.command, ...removal]] })
  const guard = await lastWill([...engine.command, ...removal], engine.environment)
  try {
    return await use(name)
  } finally {
    await call(engine, removal, { timeoutSeconds: removeLimitSeconds })
    guard.release()
  }
}
