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
  let text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}\r\n`
  for (const name in headers) text += `${name}: ${sendable(headers[name])}\r\n`
  text += `content-length: ${body.length}\r\nDate: ${dateText(framing.nowMillis)}\r\n`
  text += framing.keepsAlive
    ? `Connection: keep-alive\r\nKeep-Alive: timeout=${framing.keepAliveSeconds}\r\n\r\n`
    : 'Connection: close\r\n\r\n'
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

function sendable(value = ''): string {
  if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) throw new RangeError('a header cannot hold that value')
  return value
}

let [dateSecond, dateShown] = [-1, '']

/** Made anew once a second. */
function dateText(nowMillis: number): string {
  const second = Math.floor(nowMillis / 1000)
  if (second !== dateSecond) [dateSecond, dateShown] = [second, new Date(nowMillis).toUTCString()]
  return dateShown
}
