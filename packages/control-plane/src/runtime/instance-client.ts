import { Agent, type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http'
import { type Bytes, heldBytes } from '@sagebrush/api'
import { repeatable } from './kept-body.ts'

export interface InstanceRequest {
  /** `127.0.0.1:port` */
  readonly address: string
  readonly path: string
  readonly headers: OutgoingHttpHeaders
  readonly body: Bytes
  /** Until the head of the answer is there. */
  readonly timeoutMillis: number
  readonly signal: AbortSignal
}

/** Nothing listens at the address, or nothing took the connection: the request was not heard. */
export class InstanceAway extends Error {}
/** The instance went away before it answered. */
export class InstanceBroke extends Error {}
/** The head of its answer was not there in time; it may be at work still. */
export class InstanceTimedOut extends Error {}

/** Below the 5 seconds after which Node's own servers close an idle connection. */
const idleMillis = 4000

/** Posts to instances over connections that are kept. Bodies stream, no faster than either side takes them. */
export class InstanceClient implements Disposable {
  readonly #agent = new Agent({ keepAlive: true, timeout: idleMillis, maxFreeSockets: 256 })

  /**
   * Resolves with the head of the answer; its body is still to be read or destroyed. Throws InstanceAway,
   * InstanceBroke, InstanceTimedOut, the signal's reason, and what reading the body throws.
   */
  async post(options: InstanceRequest): Promise<IncomingMessage> {
    const body = repeatable(options.body)
    try {
      return await new Exchange(options, this.#agent).run(body)
    } catch (error) {
      // An idle connection that the other side has just closed: only a new one can tell whether it is there.
      const isStale = error instanceof InstanceBroke && error.cause === staleConnection
      if (!isStale || !body.isRepeatable) throw error
      return await new Exchange(options, false).run(body)
    }
  }

  [Symbol.dispose](): void {
    this.#agent.destroy()
  }
}

const staleConnection = new Error('the connection had been closed while it was idle')

/** One request on its way, and its answer. */
class Exchange {
  readonly #options: InstanceRequest
  readonly #upstream: ClientRequest

  constructor(options: InstanceRequest, agent: Agent | false) {
    this.#options = options
    const [host, port] = options.address.split(':')
    this.#upstream = request({
      agent,
      host,
      port,
      path: options.path,
      method: 'POST',
      headers: headersOf(options),
    })
  }

  async run(body: Bytes): Promise<IncomingMessage> {
    const { signal, timeoutMillis } = this.#options
    const upstream = this.#upstream
    const abort = () => upstream.destroy(signal.reason)
    const deadline = setTimeout(() => upstream.destroy(new InstanceTimedOut()), timeoutMillis)
    signal.addEventListener('abort', abort, { once: true })
    upstream.once('close', () => signal.removeEventListener('abort', abort))
    try {
      signal.throwIfAborted()
      return await this.#answer(body)
    } catch (error) {
      upstream.destroy()
      throw error
    } finally {
      clearTimeout(deadline)
    }
  }

  #answer(body: Bytes): Promise<IncomingMessage> {
    const upstream = this.#upstream
    return new Promise((resolve, reject) => {
      upstream.once('response', resolve)
      // Stays for the life of the request: what breaks after the answer has begun is told by the answer's body.
      upstream.on('error', (error) => reject(this.#failure(error)))
      send(body, upstream).catch((error) => {
        reject(error)
        upstream.destroy()
      })
    })
  }

  #failure(error: NodeJS.ErrnoException): Error {
    if (this.#options.signal.aborted || error instanceof InstanceTimedOut) return error
    if (error.syscall === 'connect') return new InstanceAway(error.message, { cause: error })
    return new InstanceBroke(error.message, { cause: this.#upstream.reusedSocket ? staleConnection : error })
  }
}

function headersOf({ headers, body }: InstanceRequest): OutgoingHttpHeaders {
  const held = heldBytes(body)
  return held ? { ...headers, 'content-length': held.length } : headers
}

/** Ends early when the instance has answered, or gone, before it had read all. */
async function send(body: Bytes, upstream: ClientRequest): Promise<void> {
  const held = heldBytes(body)
  if (held) {
    upstream.end(held)
    return
  }
  for await (const piece of body) {
    if (upstream.destroyed) return
    if (!upstream.write(piece)) await writable(upstream)
  }
  upstream.end()
}

function writable(upstream: ClientRequest): Promise<void> {
  if (upstream.destroyed) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      upstream.off('drain', done)
      upstream.off('close', done)
      resolve()
    }
    upstream.on('drain', done)
    upstream.on('close', done)
  })
}
