import { setTimeout as delay } from 'node:timers/promises'
import { reasonOf } from '../failure-reason.ts'
import type { Host, Outcome } from '../host/host.ts'
import { type ModelServer, type ModelServerOptions, startModelServer } from './model-server.ts'
import { isSteady, restartDelaySeconds } from './restart-delay.ts'

/**
 * How long the requests under way may take when the endpoint ends; the model server waits for them for 25 s.
 */
const stopGraceSeconds = 30

export interface KeptServer extends ModelServerOptions {
  /** Hears where the server answers, or that it does not just now; returns where the instance is to be reached. */
  readonly announce?: (address: string | undefined) => string | undefined
}

/**
 * Serves until the host is asked to stop. The first start must succeed, else the model is not fit to serve
 * and HostFailure is thrown; a server that ends later is started again, for as long as it takes.
 */
export async function keepServing(options: KeptServer, host: Host): Promise<Outcome> {
  const { announce = (address: string | undefined) => address } = options
  let server = await startModelServer(options, host.stop)
  for (let failures = 0; ; failures += 1) {
    const startedAt = Date.now()
    const address = announce(server.address) ?? server.address
    await host.report.running('serving', { address })
    const reason = await endOf(server, host.stop)
    announce(undefined)
    if (host.stop.aborted) return { exitCode: 0 }
    if (isSteady((Date.now() - startedAt) / 1000)) failures = 0
    server = await startAgain(options, host, { failures, reason })
  }
}

/** Waits for the server's own end or, asked to stop, brings it about. */
async function endOf(server: ModelServer, stop: AbortSignal): Promise<string> {
  const end = (): void => server.stop(stopGraceSeconds)
  stop.addEventListener('abort', end)
  if (stop.aborted) end()
  try {
    return await server.ended
  } finally {
    stop.removeEventListener('abort', end)
  }
}

/** Throws nothing but the stop signal's reason. */
async function startAgain(
  options: ModelServerOptions,
  host: Host,
  lost: { readonly failures: number; readonly reason: string },
): Promise<ModelServer> {
  let { reason } = lost
  for (let failures = lost.failures; ; failures += 1) {
    const message = `${reason}; it is started again`
    host.log.note(message)
    await host.report.running('loading', { message })
    await delay(restartDelaySeconds(failures) * 1000, undefined, { signal: host.stop })
    try {
      return await startModelServer(options, host.stop)
    } catch (error) {
      host.stop.throwIfAborted()
      reason = reasonOf(error)
    }
  }
}
