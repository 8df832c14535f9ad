import { type RequestHead, RequestRefusal } from './request-head.ts'

/** How a request goes on after its head, and its connection after the answer. */
export interface Framing {
  /** Bytes of the body, or that it comes in chunks. */
  readonly body: number | 'chunked'
  readonly keepsAlive: boolean
  /** The client waits to be told to send the body. */
  readonly awaitsContinue: boolean
}

/**
 * Throws RequestRefusal: 400 where the length of the body could be read in two ways or a host is missing, 417 for an
 * unknown expectation, 501 for a transfer coding other than `chunked`. Source: RFC 9112, 6 and 9.3.
 */
export function framing(head: RequestHead): Framing {
  const isNew = head.minorVersion === 1
  if (isNew && !head.has('host')) throw new RequestRefusal(400, 'no host')
  return { body: bodyOf(head), keepsAlive: keepsAlive(head), awaitsContinue: awaitsContinue(head) }
}

function bodyOf(head: RequestHead): Framing['body'] {
  const length = head.joined('content-length')
  const coding = head.joined('transfer-encoding')
  if (coding === undefined) {
    if (length === undefined) return 0
    if (!/^[0-9]+$/.test(length)) throw new RequestRefusal(400, 'malformed content-length')
    return Number(length)
  }
  if (length !== undefined || head.minorVersion === 0) throw new RequestRefusal(400, 'two lengths')
  if (coding.toLowerCase() !== 'chunked') throw new RequestRefusal(501, 'unknown transfer coding')
  return 'chunked'
}

function keepsAlive(head: RequestHead): boolean {
  const connection = head.joined('connection')
  if (connection === undefined) return head.minorVersion === 1
  const options = connection.toLowerCase().split(',')
  const has = (wanted: string): boolean => options.some((option) => option.trim() === wanted)
  return head.minorVersion === 1 ? !has('close') : has('keep-alive') && !has('close')
}

function awaitsContinue(head: RequestHead): boolean {
  const expected = head.joined('expect')
  if (expected === undefined || head.minorVersion === 0) return false
  if (expected.toLowerCase() !== '100-continue') throw new RequestRefusal(417, 'unknown expectation')
  return true
}
