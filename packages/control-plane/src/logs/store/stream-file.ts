import type { FileHandle } from 'node:fs/promises'
import { decodeEvent } from './event-line.ts'

/** The first line of a stream's file. */
export interface StreamHeader {
  readonly name: string
  /** Milliseconds since 1970. */
  readonly createdAt: number
}

/** Longer than any header: a name has 512 characters, and JSON takes at most six bytes for one. */
const headerLimitBytes = 8 * 1024
const tailBytes = 64 * 1024
const newline = 10

export const encodeHeader = (header: StreamHeader): string => `${JSON.stringify(header)}\n`

/** A stream's header, and where its events begin. Throws SyntaxError for a file that is none. */
export async function readFirstLine(handle: FileHandle): Promise<{ header: StreamHeader; end: number }> {
  const bytes = await readAt(handle, 0, headerLimitBytes)
  const end = bytes.indexOf(newline) + 1
  const header: unknown = JSON.parse(bytes.toString('utf8', 0, end))
  if (!isHeader(header)) throw new SyntaxError('not a log stream')
  return { header, end }
}

function isHeader(value: unknown): value is StreamHeader {
  if (typeof value !== 'object' || value === null) return false
  return 'name' in value && typeof value.name === 'string' && 'createdAt' in value
}

/**
 * Up to where a file holds whole events, and the last one of them. A write that was cut short leaves half a line; a
 * power failure may also leave zeros.
 */
export async function wholeBytes(
  handle: FileHandle,
  events: { readonly start: number; readonly end: number },
): Promise<{ end: number; last?: Uint8Array }> {
  let { end } = events
  while (end > events.start) {
    const line = await lastLine(handle, { start: events.start, end })
    if (isEvent(line)) return { end, last: line }
    end -= line.length
  }
  return { end: events.start }
}

/** The bytes from the last line's start to `end`, whether a newline closes it or not. */
async function lastLine(handle: FileHandle, { start, end }: { start: number; end: number }): Promise<Buffer> {
  for (let want = tailBytes; ; want *= 2) {
    const from = Math.max(start, end - want)
    const bytes = await readAt(handle, from, end - from)
    const before = bytes.lastIndexOf(newline, -2)
    if (before >= 0) return bytes.subarray(before + 1)
    if (from === start) return bytes
  }
}

function isEvent(line: Uint8Array): boolean {
  if (line[line.length - 1] !== newline) return false
  try {
    decodeEvent(line)
    return true
  } catch {
    return false
  }
}

/** Up to `length` bytes: fewer where the file ends. */
export async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, position + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return bytes.subarray(0, filled)
}

/** All or nothing: what a full disk has cut short is taken away again. */
export async function appendAt(handle: FileHandle, position: number, bytes: Uint8Array): Promise<void> {
  try {
    let written = 0
    while (written < bytes.length) {
      written += (await handle.write(bytes, written, bytes.length - written, position + written)).bytesWritten
    }
  } catch (error) {
    await handle.truncate(position)
    throw error
  }
}
