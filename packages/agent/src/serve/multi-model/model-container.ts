import { Agent, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { FrontRefusal } from './front-refusal.ts'
import type { ContainerAnswer } from './resident-models.ts'

/** Below the 5 seconds after which Node's own servers close an idle connection. */
const idleMillis = 4_000
const longestAnswerBytes = 64 * 1024

export interface Forwarded {
  readonly path: string
  readonly headers: OutgoingHttpHeaders
  readonly body: NodeJS.ReadableStream
  readonly signal: AbortSignal
}

/** The container's multi-model API, wherever the container answers just now. */
export class ModelContainer implements Disposable {
  readonly #agent = new Agent({ keepAlive: true, timeout: idleMillis, maxFreeSockets: 256 })
  /** `127.0.0.1:port`; undefined while no container answers. */
  address: string | undefined

  load(id: string, url: string, signal: AbortSignal): Promise<ContainerAnswer> {
    return this.#ask('POST', '/models', { body: JSON.stringify({ model_name: id, url }), signal })
  }

  unload(id: string, signal: AbortSignal): Promise<ContainerAnswer> {
    return this.#ask('DELETE', `/models/${id}`, { body: '', signal })
  }

  /** Resolves with the head of the answer. Throws FrontRefusal where there is no container, and what breaks the exchange. */
  async forward({ path, headers, body, signal }: Forwarded): Promise<IncomingMessage> {
    const upstream = request({ ...this.#place(), agent: this.#agent, method: 'POST', path, headers, signal })
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      upstream.once('response', resolve)
      upstream.on('error', reject)
    })
    // A container may answer before it has read all: what then becomes of the rest is told by the answer.
    pipeline(body, upstream).catch(() => undefined)
    return answered
  }

  [Symbol.dispose](): void {
    this.#agent.destroy()
  }

  #place(): { readonly host: string | undefined; readonly port: string | undefined } {
    if (this.address === undefined) {
      throw new FrontRefusal(
        'ServiceUnavailable',
        'The container is being started again. Try your call again.',
      )
    }
    const [host, port] = this.address.split(':')
    return { host, port }
  }

  async #ask(
    method: string,
    path: string,
    { body, signal }: { readonly body: string; readonly signal: AbortSignal },
  ): Promise<ContainerAnswer> {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const asked = request({ ...this.#place(), agent: false, method, path, headers, signal })
    const answered = new Promise<IncomingMessage>((resolve, reject) => {
      asked.once('response', resolve)
      asked.on('error', reject)
    })
    asked.end(body)
    const answer = await answered
    return { status: answer.statusCode ?? 0, body: await textOf(answer) }
  }
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of answer) {
    bytes += piece.length
    if (bytes <= longestAnswerBytes) pieces.push(piece)
  }
  return Buffer.concat(pieces).toString()
}
