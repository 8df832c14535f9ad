import type { Handlers, Service } from '@sagebrush/api'
import type { RequestContext } from '../context.ts'

/** A service and what answers its operations. */
export interface Mount {
  readonly service: Service
  /** `input` is as the operation's shape says. */
  readonly call: (operation: string, input: unknown, context: RequestContext) => Promise<unknown>
}

/** Throws TypeError for an operation without a handler, should the compiler have been talked out of it. */
export function mount<S extends Service>(service: S, handlers: Handlers<S, RequestContext>): Mount {
  const given = new Map<string, unknown>(Object.entries(handlers))
  const table = new Map<string, Handler>()
  for (const { name } of service.operations) {
    const handler = given.get(name)
    if (!isHandler(handler)) throw new TypeError(`${service.signingName}: ${name} has no handler`)
    table.set(name, handler)
  }
  return { service, call: async (operation, input, context) => await table.get(operation)?.(input, context) }
}

type Handler = (input: unknown, context: RequestContext) => Promise<unknown>

function isHandler(value: unknown): value is Handler {
  return typeof value === 'function'
}
