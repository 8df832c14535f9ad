import { createHash } from 'node:crypto'
import { InvalidParameterException } from '@sagebrush/api'
import type { Position } from '../store/select-events.ts'

/** To go on from here, exclusive. */
export interface PageToken {
  readonly direction: 'forward' | 'backward'
  readonly position: Position
}

const timestampDigits = 16
const offsetDigits = 16
const streamDigits = 24

/** 56 digits that sort as the events of a stream do, and that no other event has. */
export function eventId({ timestamp, offset, stream }: Position): string {
  return digits(timestamp, timestampDigits) + digits(offset, offsetDigits) + streamNumber(stream)
}

/** Of GetLogEvents: `f/<56 digits>/s` or `b/<56 digits>/s`. */
export function encodeStreamToken({ direction, position }: PageToken): string {
  return `${direction === 'forward' ? 'f' : 'b'}/${eventId(position)}/s`
}

/** Throws InvalidParameterException for what is no token of this stream. */
export function decodeStreamToken(token: string, stream: string): PageToken {
  const [, direction, timestamp, offset, number] = /^([fb])\/(\d{16})(\d{16})(\d{24})\/s$/.exec(token) ?? []
  if (number === undefined || number !== streamNumber(stream)) throw invalidToken()
  return {
    direction: direction === 'f' ? 'forward' : 'backward',
    position: { timestamp: Number(timestamp), offset: Number(offset), stream },
  }
}

/** Of FilterLogEvents, where the position may be between streams. */
export function encodeGroupToken({ direction, position }: PageToken): string {
  const fields = [direction, position.timestamp, position.stream, position.offset]
  return Buffer.from(JSON.stringify(fields)).toString('base64url')
}

/** Throws InvalidParameterException. */
export function decodeGroupToken(token: string): PageToken {
  const fields = parsed(Buffer.from(token, 'base64url').toString())
  const [direction, timestamp, stream, offset] = Array.isArray(fields) ? fields : []
  if (direction !== 'forward' && direction !== 'backward') throw invalidToken()
  if (typeof stream !== 'string' || typeof timestamp !== 'number' || typeof offset !== 'number')
    throw invalidToken()
  return { direction, position: { timestamp, stream, offset } }
}

/** Of the operations that list by name. */
export function encodeNameToken(last: string): string {
  return Buffer.from(last).toString('base64url')
}

/** Throws InvalidParameterException. */
export function decodeNameToken(token: string): string {
  const name = Buffer.from(token, 'base64url').toString()
  if (encodeNameToken(name) !== token) throw invalidToken()
  return name
}

const invalidToken = () => InvalidParameterException('The specified nextToken is invalid.')

const digits = (value: number, count: number) => value.toFixed(0).padStart(count, '0')

/** The stream's mark among 10^24. */
function streamNumber(stream: string): string {
  const hash = createHash('sha256').update(stream).digest('hex').slice(0, 24)
  return (BigInt(`0x${hash}`) % 10n ** BigInt(streamDigits)).toString().padStart(streamDigits, '0')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
