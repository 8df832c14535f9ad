import { RequestEntityTooLarge } from '../../errors.ts'
import { type Bytes, readAll } from '../../http.ts'

export const limitBytes = 10 * 1024 * 1024

/** Throws RequestEntityTooLarge for a body that no request of a service has. */
export async function readLimited(body: Bytes): Promise<Uint8Array> {
  try {
    return await readAll(body, limitBytes)
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    throw RequestEntityTooLarge(`Request body may hold at most ${limitBytes} bytes`, { cause })
  }
}
