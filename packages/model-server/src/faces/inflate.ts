import { unpack } from '../compression/unpack.ts'
import { StatusError } from '../status.ts'

const inflatedLimitBytes = 100 * 1024 * 1024

/**
 * The body as it was before a gzip Content-Encoding. What cannot be inflated, or only beyond 100 MB, counts as an
 * empty body. Throws StatusError CANCELLED. Source: TensorFlow Serving, util/net_http.
 */
export async function inflate(
  body: Uint8Array,
  encoding: string,
  isAbandoned: () => boolean,
): Promise<Uint8Array> {
  if (!encoding.toLowerCase().includes('gzip')) return body
  try {
    return await unpack(body, { encoding: 'gzip', limitBytes: inflatedLimitBytes, isAbandoned })
  } catch (error) {
    if (error instanceof StatusError) throw error
    // Each its own: bodies move to other threads.
    return new Uint8Array(0)
  }
}
