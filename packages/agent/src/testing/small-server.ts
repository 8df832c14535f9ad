import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  ApiError,
  cloudWatch,
  type HttpRequest,
  type HttpResponse,
  logs,
  type Service,
  s3,
} from '@sagebrush/api'
import { logsHandlers, type StoredEvent } from './small-logs.ts'
import { metricsHandlers, type StoredSet } from './small-metrics.ts'
import { objectHandlers } from './small-objects.ts'

/** Runs one operation. The input is what the protocol read. */
export type Handle = (input: never) => unknown

/**
 * What goes wrong with a call: `before` breaks the connection and does nothing, `after` does the work and
 * breaks it then, an error is answered.
 */
export type Fault = 'before' | 'after' | ApiError | undefined

/**
 * A server for tests that speaks S3, CloudWatch and its Logs over HTTP, as far as the agent uses them, in memory.
 */
export class SmallServer implements AsyncDisposable {
  /** By `bucket/key`. A bucket is there once it holds an object, or is named in `buckets`. */
  readonly objects = new Map<string, Buffer>()
  readonly buckets = new Set<string>()
  /** By `bucket/key`: files that listings offer as the objects' bytes. */
  readonly localPaths = new Map<string, string>()
  /** By upload id: uploads that are neither completed nor aborted. */
  readonly uploads = new Map<string, Map<number, Buffer>>()
  /** By `group/stream`. */
  readonly streams = new Map<string, StoredEvent[]>()
  /** By `job/metric/milliseconds`, one for each minute. */
  readonly metrics = new Map<string, StoredSet>()
  readonly calls: string[] = []
  /** Asked at each call. */
  fault: (operation: string, input: unknown) => Fault = () => undefined
  readonly #services: readonly { service: Service; handlers: Readonly<Record<string, Handle>> }[]
  #server: Server
  #port = 0

  private constructor() {
    this.#services = [
      { service: logs, handlers: logsHandlers(this.streams) },
      { service: s3, handlers: objectHandlers(this) },
      { service: cloudWatch, handlers: metricsHandlers(this.metrics) },
    ]
    this.#server = this.#newServer()
  }

  static async start(): Promise<SmallServer> {
    const server = new SmallServer()
    await server.reopen()
    return server
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** The messages of a stream, as far as they are stored. */
  messages(group: string, stream: string): string[] {
    return (this.streams.get(`${group}/${stream}`) ?? []).map(({ message }) => message)
  }

  /** The server is away: connections are refused. Its memory stays. */
  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  /** Listens on the same port as before. */
  async reopen(): Promise<void> {
    this.#server = this.#newServer()
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve))
    this.#port = (this.#server.address() as AddressInfo).port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #newServer(): Server {
    return createServer((incoming, outgoing) => {
      this.#answer(incoming, outgoing).catch(() => outgoing.destroy())
    })
  }

  async #answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const request: HttpRequest = {
      method: incoming.method ?? '',
      target: incoming.url ?? '',
      headers: new Headers(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)])),
      body: incoming,
      signal: new AbortController().signal,
    }
    const response = await this.#run(request)
    if (response === undefined) {
      incoming.socket.destroy()
      return
    }
    outgoing.writeHead(response.status, Object.fromEntries(response.headers))
    for await (const chunk of response.body) outgoing.write(chunk)
    outgoing.end()
  }

  /** Undefined when the connection is to break. */
  async #run(request: HttpRequest): Promise<HttpResponse | undefined> {
    const scope = /Credential=[^/]+\/[^/]+\/[^/]+\/([^/]+)\//.exec(request.headers.get('authorization') ?? '')
    const found = this.#services.find(({ service }) => service.signingName === scope?.[1])
    if (found === undefined) throw new Error('the request is not signed for a service that is here')
    const { service, handlers } = found
    const match = await service.protocol.match(service, request)
    if (match === undefined)
      return service.protocol.writeError(service, service.protocol.unknownOperation(request), 'id')
    const { name } = match.operation
    const input = await service.protocol.readInput(service, match.operation, match.request)
    this.calls.push(name)
    const fault = this.fault(name, input)
    if (fault === 'before') return undefined
    try {
      if (fault instanceof ApiError) throw fault
      const output = await handlers[name]?.(input as never)
      return fault === 'after'
        ? undefined
        : service.protocol.writeOutput(service, match.operation, output, 'id')
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      return service.protocol.writeError(service, error, 'id')
    }
  }
}
