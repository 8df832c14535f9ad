import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { ApiError } from './errors.ts'
import { type HttpRequest, heldBytes } from './http.ts'
import { ConnectionError, httpSend, type Send } from './http-send.ts'
import type { CallOptions, Client, Operation, Service } from './service.ts'
import { type Credentials, signRequest } from './sigv4/index.ts'

export interface ClientOptions {
  /** `http://127.0.0.1:8400` */
  readonly endpoint: string
  readonly region: string
  /** Without them, requests are not signed. */
  readonly credentials?: Credentials | undefined
  /** Instead of `httpSend` to the endpoint. */
  readonly send?: Send | undefined
  /** How often a call is tried in all; 4. */
  readonly attempts?: number | undefined
}

/**
 * One method per operation. A call that meets a broken connection, a 5xx or throttling is tried again, unless its
 * body is a stream. Rejects with ApiError (what the server said), ConnectionError, or the reason of the call's signal.
 */
export function createClient<S extends Service>(service: S, options: ClientOptions): Client<S> {
  const send = options.send ?? httpSend(options)
  const calls = service.operations.map((operation) => {
    const call = (input: unknown, { signal }: CallOptions = {}) =>
      callWithRetries({ service, operation, options, send }, input, signal ?? new AbortController().signal)
    return [operation.name, call] as const
  })
  // The names are those of the service's own operations, which is what the type says.
  return Object.fromEntries(calls) as unknown as Client<S>
}

interface Call {
  readonly service: Service
  readonly operation: Operation
  readonly options: ClientOptions
  readonly send: Send
}

async function callWithRetries(call: Call, input: unknown, signal: AbortSignal): Promise<unknown> {
  const { service, operation, options, send } = call
  const request = { ...service.protocol.writeInput(service, operation, input), signal }
  request.headers.set('host', new URL(options.endpoint).host)
  const attempts = heldBytes(request.body) ? (options.attempts ?? 4) : 1
  for (let attempt = 1; ; attempt += 1) {
    try {
      const response = await send(signed(call, request))
      return await service.protocol.readOutput(service, operation, response)
    } catch (error) {
      if (attempt >= attempts || !isWorthRetrying(error)) throw error
      await delay(backoffMillis(attempt, Math.random()), undefined, { signal })
    }
  }
}

function signed({ service, options }: Call, request: HttpRequest): HttpRequest {
  const { credentials, region } = options
  if (!credentials) return request
  const held = heldBytes(request.body)
  const payload = held ? createHash('sha256').update(held).digest('hex') : 'unsigned'
  return signRequest(request, { credentials, region, service: service.signingName, now: new Date(), payload })
}

/** `random` in [0, 1): between half and all of 100 ms, 200 ms, 400 ms …, at most 5 s. */
export function backoffMillis(attempt: number, random: number): number {
  return Math.min(100 * 2 ** (attempt - 1), 5000) * (0.5 + random / 2)
}

function isWorthRetrying(error: unknown): boolean {
  if (error instanceof ConnectionError) return true
  if (!(error instanceof ApiError)) return false
  return retriedStatuses.has(error.httpStatus) || throttlingCodes.has(error.code)
}

const retriedStatuses = new Set([429, 500, 502, 503, 504])
const throttlingCodes = new Set([
  'RequestLimitExceeded',
  'RequestTimeout',
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
])
