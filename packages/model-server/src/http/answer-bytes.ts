import { STATUS_CODES } from 'node:http'
import type { FaceResponse } from '../faces/http.ts'

export interface AnswerFraming {
  readonly keepsAlive: boolean
  readonly keepAliveSeconds: number
  /** An answer to HEAD tells of a body that does not come. */
  readonly hasBody: boolean
  readonly nowMillis: number
}

/** Bodies up to this are copied behind their head: one piece is cheaper to write than two. */
const joinedBytes = 16 * 1024

/** The answer as it goes over the wire, in one piece or two. Throws RangeError for a header that cannot be sent. */
export function answerBytes({ status, headers, body }: FaceResponse, framing: AnswerFraming): Uint8Array[] {
  const text = `${headStart(status, headers)}content-length: ${body.length}${headEnd(framing)}`
  const sent = framing.hasBody ? body.length : 0
  if (sent > joinedBytes) return [Buffer.from(text, 'latin1'), body]
  const bytes = Buffer.allocUnsafe(text.length + sent)
  bytes.write(text, 'latin1')
  if (sent > 0) bytes.set(body, text.length)
  return [bytes]
}

/** What a client is told that breaks the rules of HTTP. */
export const refusalBytes = (status: number): Uint8Array =>
  Buffer.from(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}\r\nConnection: close\r\ncontent-length: 0\r\n\r\n`,
  )

export const continueBytes: Uint8Array = Buffer.from('HTTP/1.1 100 Continue\r\n\r\n')

type Headers = FaceResponse['headers']
let latestStart: { status: number; headers: Headers; text: string } = { status: 0, headers: {}, text: '' }

/** Most answers share their headers with the one before. */
function headStart(status: number, headers: Headers): string {
  if (latestStart.status === status && latestStart.headers === headers) return latestStart.text
  let text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}\r\n`
  for (const [name, value] of Object.entries(headers)) text += `${name}: ${sendable(value)}\r\n`
  latestStart = { status, headers, text }
  return text
}

function sendable(value: string): string {
  if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) throw new RangeError('a header cannot hold that value')
  return value
}

let latestEnd = { second: -1, keptSeconds: 0, kept: '', closed: '' }

/** The date changes once a second. */
function headEnd({ keepsAlive, keepAliveSeconds, nowMillis }: AnswerFraming): string {
  const second = Math.floor(nowMillis / 1000)
  if (latestEnd.second !== second || latestEnd.keptSeconds !== keepAliveSeconds) {
    const date = `\r\nDate: ${new Date(nowMillis).toUTCString()}\r\nConnection: `
    const kept = `${date}keep-alive\r\nKeep-Alive: timeout=${keepAliveSeconds}\r\n\r\n`
    latestEnd = { second, keptSeconds: keepAliveSeconds, kept, closed: `${date}close\r\n\r\n` }
  }
  return keepsAlive ? latestEnd.kept : latestEnd.closed
}
