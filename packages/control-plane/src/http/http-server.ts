import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { HttpRequest, HttpResponse } from '@sagebrush/api'
import { discardRest, readRequest } from './node-request.ts'
import { writeResponse } from './node-response.ts'

export interface HttpServerOptions {
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
  /** Should not reject: what it rejects with becomes a bare 500. */
  readonly answer: (request: HttpRequest) => Promise<HttpResponse>
  /** Told of every answer that could not be made or was cut short by us. */
  readonly onError: (error: unknown) => void
  readonly timeouts?: Partial<HttpTimeouts>
}

/** Only silence is limited: an upload or a prediction may take as long as it likes. */
export interface HttpTimeouts {
  /** From a connection's first byte to the end of a request's head. */
  readonly headersMillis: number
  /** Between two requests. Longer than clients keep their idle connections. */
  readonly keepAliveMillis: number
  /** While we wait for the peer: for its next byte of a body, or to take more of an answer. */
  readonly stallMillis: number
  /** From an answer to the end of a body that nobody wanted to read. */
  readonly discardMillis: number
}

const defaultTimeouts: HttpTimeouts = {
  headersMillis: 30_000,
  keepAliveMillis: 75_000,
  stallMillis: 120_000,
  discardMillis: 30_000,
}

/** node:http behind `HttpRequest` and `HttpResponse`: bodies stream both ways, each side waiting for the other. */
export class HttpServer implements AsyncDisposable {
  readonly #server: Server
  readonly #options: HttpServerOptions
  readonly #timeouts: HttpTimeouts
  /** One for each answer not yet written. */
  readonly #open = new Set<AbortController>()
  #closed: Promise<unknown> | undefined

  /** Resolves once connections are taken. Rejects with the system's error when the address can't be had. */
  static async listen(options: HttpServerOptions): Promise<HttpServer> {
    const server = new HttpServer(options)
    server.#server.listen(options.port, options.host)
    await once(server.#server, 'listening')
    // Such as no file descriptor for one more connection: the others live on.
    server.#server.on('error', options.onError)
    return server
  }

  private constructor(options: HttpServerOptions) {
    this.#options = options
    this.#timeouts = { ...defaultTimeouts, ...options.timeouts }
    this.#server = createServer({
      headersTimeout: this.#timeouts.headersMillis,
      keepAliveTimeout: this.#timeouts.keepAliveMillis,
      requestTimeout: 0,
      connectionsCheckingInterval: Math.min(5_000, this.#timeouts.headersMillis),
    })
    this.#server.on('request', (message, response) => this.#serve(message, response, false))
    this.#server.on('checkContinue', (message, response) => this.#serve(message, response, true))
  }

  /** The port that the system gave. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Takes no more connections, lets open answers end, and after `graceSeconds` aborts what is left. Callable again. */
  async close(graceSeconds = 5): Promise<void> {
    this.#closed ??= once(this.#server.close(), 'close')
    const deadline = setTimeout(() => this.#abortAll(), graceSeconds * 1000)
    await this.#closed
    clearTimeout(deadline)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close(0)
  }

  #serve(message: IncomingMessage, response: ServerResponse, expectsContinue: boolean): void {
    const gone = new AbortController()
    this.#open.add(gone)
    response.once('close', () => {
      this.#open.delete(gone)
      if (response.writableFinished) discardRest(message, this.#timeouts.discardMillis)
      else gone.abort(new Error('the client went away before its answer was written'))
      if (this.#closed !== undefined) this.#server.closeIdleConnections()
    })
    this.#answer(message, response, { signal: gone.signal, expectsContinue }).catch((error: unknown) => {
      if (!gone.signal.aborted) this.#options.onError(error)
      if (response.headersSent) response.destroy()
      else response.writeHead(500, { 'content-length': 0 }).end()
    })
  }

  async #answer(message: IncomingMessage, response: ServerResponse, exchange: Exchange): Promise<void> {
    const { stallMillis } = this.#timeouts
    const sendContinue = exchange.expectsContinue ? () => response.writeContinue() : undefined
    const incoming = await readRequest(message, { signal: exchange.signal, stallMillis, sendContinue })
    const answer = await this.#options.answer(incoming.request)
    // A client that was never told to go on may send its body or not: only a new connection is sure to be in step.
    const isLast = this.#closed !== undefined || incoming.awaitsContinue()
    await writeResponse(response, answer, { isLast, stallMillis })
  }

  #abortAll(): void {
    for (const gone of this.#open) gone.abort(new Error('the server is closing'))
    this.#server.closeAllConnections()
  }
}

interface Exchange {
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal
  /** The client holds its body back until it is told to go on. */
  readonly expectsContinue: boolean
}
