import { SerializationException } from '../../errors.ts'
import type { Bytes } from '../../http.ts'
import { readLimited } from '../http/limited-body.ts'

/** Far beyond any AWS document, and far below what would exhaust the stack of those who walk it. */
const limitDepth = 200

/** Undefined for an empty body. Throws SerializationException, RequestEntityTooLarge. */
export async function readJson(body: Bytes): Promise<unknown> {
  const bytes = await readLimited(body)
  return bytes.length === 0 ? undefined : parseJson(bytes)
}

/** Throws SerializationException. */
export function parseJson(bytes: Uint8Array): unknown {
  if (isTooDeep(bytes)) throw SerializationException(`JSON may nest at most ${limitDepth} levels`)
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw SerializationException('The request body is not valid JSON', { cause })
  }
}

function isTooDeep(bytes: Uint8Array): boolean {
  let depth = 0
  let inString = false
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index]
    if (inString) {
      if (byte === 0x5c) index += 1
      else if (byte === 0x22) inString = false
    } else if (byte === 0x22) inString = true
    else if (byte === 0x7b || byte === 0x5b) depth += 1
    else if (byte === 0x7d || byte === 0x5d) depth -= 1
    if (depth > limitDepth) return true
  }
  return false
}
