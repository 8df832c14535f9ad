import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { type Bytes, bytesOf, type HttpRequest } from '@sagebrush/api'

export interface IncomingRequest {
  readonly request: HttpRequest
  /** True while the client holds its body back until it is told to go on. */
  readonly awaitsContinue: () => boolean
}

export interface ReadRequestOptions {
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal
  /** How long the client may leave a reader of its body waiting. */
  readonly stallMillis: number
  /** Present for a client that waits to be told: called when its body is first asked for, so once it is wanted. */
  readonly sendContinue?: (() => void) | undefined
}

/**
 * A small body is read before anything else, for that is cheapest; a larger one streams when it is asked for.
 * Rejects when a small body breaks off.
 */
export async function readRequest(
  message: IncomingMessage,
  options: ReadRequestOptions,
): Promise<IncomingRequest> {
  let sendContinue = options.sendContinue
  const start = () => {
    sendContinue?.()
    sendContinue = undefined
  }
  const { stallMillis, signal } = options
  const body = isSmall(message, options)
    ? await wholeBody(message, stallMillis)
    : bodyOf(message, start, stallMillis)
  const { method = '', url: target = '/' } = message
  const request: HttpRequest = { method, target, headers: headersOf(message), body, signal }
  return { request, awaitsContinue: () => sendContinue !== undefined }
}

/**
 * Reads and forgets what the client still sends after its answer, so that it gets to read that answer;
 * a client that still sends after `limitMillis` is cut off.
 */
export function discardRest(message: IncomingMessage, limitMillis: number): void {
  if (message.readableEnded || message.destroyed) return
  if (!message.complete) {
    // Node tells nothing of the end of a body that nobody has asked for; the connection is another request's by then.
    const cutOff = (): void => {
      if (!message.complete) message.destroy()
    }
    const deadline = setTimeout(cutOff, limitMillis).unref()
    message.once('close', () => clearTimeout(deadline))
  }
  message.removeAllListeners('readable')
  message.on('error', () => {
    // Its body is nobody's any more.
  })
  message.resume()
}

const noBody = bytesOf()

function headersOf(message: IncomingMessage): Headers {
  const { rawHeaders } = message
  const headers = new Headers()
  for (let at = 0; at + 1 < rawHeaders.length; at += 2)
    headers.append(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '')
  return headers
}

function isSmall(message: IncomingMessage, options: ReadRequestOptions): boolean {
  const { 'content-length': length, 'transfer-encoding': encoding } = message.headers
  if (encoding !== undefined || options.sendContinue !== undefined) return false
  return length === undefined || Number(length) <= smallBodyBytes
}

const smallBodyBytes = 64 * 1024

async function wholeBody(message: IncomingMessage, stallMillis: number): Promise<Bytes> {
  const { 'content-length': length = '0' } = message.headers
  if (length === '0') return noBody
  const pieces: Uint8Array[] = []
  message.socket.setTimeout(stallMillis)
  message.on('data', (piece: Uint8Array) => pieces.push(piece))
  await once(message, 'end')
  message.socket.setTimeout(0)
  return bytesOf(...pieces)
}

/** Throws at the point where the client breaks off or falls silent; a reader that stops early leaves the rest alone. */
function bodyOf(message: IncomingMessage, start: () => void, stallMillis: number): Bytes {
  return {
    [Symbol.asyncIterator]() {
      const pieces: AsyncIterator<Uint8Array> = message.iterator({ destroyOnReturn: false })
      return {
        async next() {
          start()
          message.socket.setTimeout(stallMillis)
          try {
            const piece = await pieces.next()
            if (piece.done === true && !message.complete) throw new Error('the request body broke off')
            return piece
          } finally {
            message.socket.setTimeout(0)
          }
        },
        async return() {
          await pieces.return?.()
          return { done: true, value: undefined }
        },
      }
    },
  }
}
