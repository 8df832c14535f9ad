import { promisify } from 'node:util'
import { constants, gzip } from 'node:zlib'
import type { Face } from './http.ts'

const compress = promisify(gzip)
/** Below it, compressing costs more time than the network saves. */
const smallestBytes = 32 * 1024

/** Answers in gzip to clients that say they take it, where the answer is large enough to gain by it. */
export function compressedFace(face: Face): Face {
  return async (request) => {
    const answer = await face(request)
    if (answer.body.length < smallestBytes || !takesGzip(request.header('accept-encoding'))) return answer
    const body = await compress(answer.body, { level: constants.Z_BEST_SPEED })
    return {
      ...answer,
      body,
      headers: { ...answer.headers, 'content-encoding': 'gzip', vary: 'Accept-Encoding' },
    }
  }
}

/** Source: RFC 9110, 12.5.3; `q=0` refuses. */
const takesGzip = (accepted: string | undefined): boolean =>
  (accepted ?? '')
    .toLowerCase()
    .split(',')
    .some((item) => /^\s*(?:x-)?gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*$)[0-9.]+\s*)?$/.test(item))
