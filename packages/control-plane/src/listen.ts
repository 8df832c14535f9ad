import { randomUUID } from 'node:crypto'
import { dispatcher } from './http/dispatch.ts'
import { HttpServer } from './http/http-server.ts'
import type { Mount } from './http/mount.ts'
import { AlreadyExists, type Collection } from './store/collection.ts'

export interface ListenOptions {
  readonly host: string
  /** 0: where the last server on this data listened, else anywhere. Its hosts may still run and look for it there. */
  readonly port: number
  readonly auth: 'sigv4' | 'none'
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  readonly account: string
  readonly region: string
  readonly mounts: readonly Mount[]
  /** A body whose hash nobody stated is held in memory up to this size. */
  readonly heldBodyLimitBytes: number
  readonly listeners: Collection<Listener>
  readonly clock: () => Date
  readonly log: (line: string) => void
}

/** Where a server listened last; there is one, called `http`. */
export interface Listener {
  readonly name: string
  readonly port: number
}

/** Answers requests to all services on one port. */
export async function listen(options: ListenOptions): Promise<HttpServer> {
  const { host, listeners, log } = options
  const answer = dispatcherOf(options)
  const onError = (error: unknown) => log(`an answer could not be written: ${told(error)}`)
  const at = (port: number) => HttpServer.listen({ host, port, answer, onError })
  const last = (await listeners.get('http'))?.value.port ?? 0
  const server = options.port === 0 && last !== 0 ? await at(last).catch(() => at(0)) : await at(options.port)
  if (server.port !== last) await note(listeners, server.port)
  return server
}

function dispatcherOf(options: ListenOptions) {
  const { mounts, account, region, auth, credentials, heldBodyLimitBytes, clock, log } = options
  return dispatcher({
    mounts,
    account,
    defaultRegion: region,
    newRequestId: randomUUID,
    authentication: {
      mode: auth === 'none' ? 'none' : 'signed',
      secretOf: (id) => (id === credentials.accessKeyId ? credentials.secretAccessKey : undefined),
      now: clock,
      heldBodyLimitBytes,
    },
    onFailure: ({ error, requestId, service, operation }) =>
      log(`${service} ${operation ?? 'unknown operation'} (request ${requestId}): ${told(error)}`),
  })
}

async function note(listeners: Collection<Listener>, port: number): Promise<void> {
  try {
    await listeners.create({ name: 'http', port })
  } catch (error) {
    if (!(error instanceof AlreadyExists)) throw error
    await listeners.update('http', (listener) => ({ ...listener, port }))
  }
}

const told = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error))
