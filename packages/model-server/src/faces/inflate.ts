import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'

const inflatedLimitBytes = 100 * 1024 * 1024
const unzip = promisify(gunzip)

/**
 * The body as it was before a gzip Content-Encoding. What cannot be inflated, or only beyond 100 MB, counts as an
 * empty body. Source: TensorFlow Serving, util/net_http.
 */
export async function inflate(body: Uint8Array, encoding: string): Promise<Uint8Array> {
  if (!encoding.toLowerCase().includes('gzip')) return body
  try {
    return await unzip(body, { maxOutputLength: inflatedLimitBytes })
  } catch {
    return new Uint8Array(0)
  }
}
