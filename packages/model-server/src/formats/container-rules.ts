import { constants } from 'node:buffer'
import { StatusError } from '../status.ts'

/** A generation of AWS's container: images up to TensorFlow 2.19, and those from 2.20 on. */
export type ContainerLevel = '2.19' | '2.20'

export interface ContainerRules {
  readonly level: ContainerLevel
  /** Nothing but what the container itself does, its broken JSON and its refusals included. */
  readonly isStrict: boolean
}

/** Where nothing else is asked for: the larger installed base, without its defects. */
export const defaultRules: ContainerRules = { level: '2.19', isStrict: false }

/**
 * The body's bytes as characters of the same numbers, so that whatever they are, UTF-8 or not, comes out as it went
 * in. Throws StatusError INVALID_ARGUMENT beyond the longest text that can be rewritten, some 512 MB.
 */
export function rewritableText(body: Uint8Array): string {
  // Rewriting adds at most some characters to each of the text's own.
  const limitBytes = constants.MAX_STRING_LENGTH / 4
  if (body.length > limitBytes) {
    throw new StatusError('INVALID_ARGUMENT', `Text of more than ${Math.floor(limitBytes)} bytes is refused`)
  }
  return Buffer.from(body.buffer, body.byteOffset, body.length).toString('latin1')
}

/** Without a byte order mark, and without ASCII's blanks at both ends. */
export function trimmed(text: string): string {
  let start = text.startsWith('\xef\xbb\xbf') ? 3 : 0
  let end = text.length
  while (start < end && isBlank(text.charCodeAt(start))) start++
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

const isBlank = (code: number): boolean => code === 0x20 || (code >= 0x09 && code <= 0x0d)

/** Lines that are not blank, each without blanks around it. */
export const linesOf = (text: string): string[] =>
  trimmed(text)
    .split('\n')
    .map(trimmed)
    .filter((line) => line !== '')
