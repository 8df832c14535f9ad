import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { RequestEntityTooLarge, SerializationException } from '../../errors.ts'
import type { HttpRequest } from '../../http.ts'
import { limitBytes, readLimited } from './limited-body.ts'

/**
 * A request's body, unpacked where its sender has compressed it: AWS's clients do so with long PutMetricData bodies.
 * Throws RequestEntityTooLarge, SerializationException.
 */
export async function readDecoded({ body, headers }: HttpRequest): Promise<Uint8Array> {
  const bytes = await readLimited(body)
  return isGzipped(headers) ? await unzipped(bytes) : bytes
}

export const isGzipped = (headers: Headers): boolean => headers.get('content-encoding')?.trim() === 'gzip'

async function unzipped(bytes: Uint8Array): Promise<Uint8Array> {
  try {
    return await promisify(gunzip)(bytes, { maxOutputLength: limitBytes })
  } catch (cause) {
    const isTooLarge = cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE'
    if (isTooLarge)
      throw RequestEntityTooLarge(`Request body may hold at most ${limitBytes} bytes`, { cause })
    throw SerializationException('The request body is not valid gzip', { cause })
  }
}
