import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { RestCase } from './rest-cases.ts'

/** The status of the answer; where the connection ended without one, whether the request was one that HTTP allows. */
export type RestOutcome = number | 'not HTTP' | 'no answer'

/** One keep-alive connection at a time, opened anew after each that the server closes. */
export class RestClient {
  private socket: Socket | undefined
  private readonly port: number
  private readonly limitMillis: number

  constructor(port: number, limitMillis: number) {
    this.port = port
    this.limitMillis = limitMillis
  }

  /** Rejects where neither an answer nor the connection's end comes in time. */
  async ask({ bytes, isFramed }: RestCase): Promise<RestOutcome> {
    this.socket ??= await opened(this.port)
    const { socket } = this
    const answer = readAnswer(socket, {
      isHead: bytes.subarray(0, 5).toString() === 'HEAD ',
      limitMillis: this.limitMillis,
    })
    // What is no request may leave the server waiting for the rest: it learns that there is none.
    if (isFramed) socket.write(bytes)
    else socket.end(bytes)
    const outcome = await answer
    if (!isFramed || outcome.isOver) this.close()
    return outcome.status ?? (isFramed ? 'no answer' : 'not HTTP')
  }

  close(): void {
    this.socket?.destroy()
    this.socket = undefined
  }
}

async function opened(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

interface Answer {
  /** Undefined where the connection ended without an answer. */
  readonly status: number | undefined
  /** The connection cannot be used again. */
  readonly isOver: boolean
}

function readAnswer(
  socket: Socket,
  { isHead, limitMillis }: { readonly isHead: boolean; readonly limitMillis: number },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let received: Buffer = Buffer.alloc(0)
    const late = setTimeout(() => reject(new Error('no answer in time')), limitMillis)
    const done = (answer: Answer): void => {
      clearTimeout(late)
      socket.off('data', take).off('close', end).off('end', end)
      resolve(answer)
    }
    const end = (): void => done({ status: statusOf(received), isOver: true })
    const take = (chunk: Buffer): void => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
      const whole = wholeAnswer(received, isHead)
      if (whole) done(whole)
    }
    socket.on('data', take).once('close', end).once('end', end)
  })
}

function wholeAnswer(bytes: Buffer, isHead: boolean): Answer | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n')
  if (headEnd < 0) return undefined
  const head = bytes.toString('latin1', 0, headEnd)
  const [, length = '0'] = /\r\ncontent-length: *(\d+)/i.exec(head) ?? []
  if (bytes.length < headEnd + 4 + (isHead ? 0 : Number(length))) return undefined
  return { status: statusOf(bytes), isOver: /\r\nconnection: *close/i.test(head) }
}

function statusOf(bytes: Buffer): number | undefined {
  const [, status] = /^HTTP\/1\.1 (\d{3})/.exec(bytes.toString('latin1', 0, 12)) ?? []
  return status === undefined ? undefined : Number(status)
}
