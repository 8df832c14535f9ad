import { createHash, type Hash } from 'node:crypto'
import { ApiError } from '../errors.ts'
import type { Bytes } from '../http.ts'
import { IncompleteBody } from '../s3/errors.ts'
import { emptyPayloadSha256 } from './canonical-request.ts'
import { ChunkReader } from './chunk-reader.ts'
import { lastHeldBack } from './payload.ts'
import { refusalError } from './refusal.ts'
import { type CredentialScope, hmacHex, sameSignature, scopeText } from './signature.ts'

export interface ChunkedOptions {
  /** The length that the decoded bytes must have; unchecked without one. */
  readonly decodedLength?: number
  /** The names that `x-amz-trailer` announced; without them, nothing may follow the last chunk. */
  readonly trailers?: readonly string[]
  /** Present when the chunks' signatures are to be verified. */
  readonly chain?: SignatureChain
}

/** What the first chunk's signature builds on. */
export interface SignatureChain {
  readonly key: Buffer
  readonly time: string
  readonly scope: CredentialScope
  /** The request's own signature. */
  readonly seed: string
}

/**
 * Decodes `Content-Encoding: aws-chunked`, whose framing lies inside HTTP's own:
 *
 *     5;chunk-signature=ad80c7…␍␊hello␍␊
 *     0;chunk-signature=b6c6ea…␍␊
 *     x-amz-checksum-crc32:NhCmhg==␍␊
 *     x-amz-trailer-signature:63bddb…␍␊␍␊
 *
 * Memory doesn't grow with a chunk's announced size. Iterating throws ApiError: IncompleteBody for broken framing or
 * a wrong length, SignatureDoesNotMatch, MalformedTrailerError. The last piece comes only when all of that is right.
 * Source: Amazon S3 API Reference, "Signature calculations for the Authorization header: … multiple chunks".
 */
export class ChunkedBody implements AsyncIterable<Uint8Array> {
  readonly #source: Bytes
  readonly #options: ChunkedOptions
  #trailers: Headers | undefined

  constructor(source: Bytes, options: ChunkedOptions) {
    this.#source = source
    this.#options = options
  }

  /** What followed the last chunk, without the trailer's signature; undefined before the end was read. */
  get trailers(): Headers | undefined {
    return this.#trailers
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    let length = 0
    const decoded = lastHeldBack(this.#decode(), {
      see: (piece) => {
        length += piece.length
      },
      end: () => {
        const expected = this.#options.decodedLength
        if (expected !== undefined && expected !== length) throw incomplete()
      },
    })
    return decoded[Symbol.asyncIterator]()
  }

  async *#decode(): Bytes {
    await using reader = new ChunkReader(this.#source)
    const signatures = this.#options.chain === undefined ? undefined : chunkSignatures(this.#options.chain)
    for (;;) {
      const { size, signature } = parseChunkHead(await framed(() => reader.line(lineLimitBytes)))
      const hash = signatures === undefined ? undefined : createHash('sha256')
      yield* chunkData(reader, size, hash)
      if (hash !== undefined)
        signatures?.check('PAYLOAD', `${emptyPayloadSha256}\n${hash.digest('hex')}`, signature)
      if (size === 0) break
      if ((await framed(() => reader.line(1))) !== '') throw incomplete()
    }
    this.#trailers = checkTrailers(await readTrailers(reader), this.#options.trailers, signatures)
  }
}

/** What followed an aws-chunked body, once it has been read to its end: the checksums that its sender computed on the way. */
export function trailersOf(body: Bytes): Headers | undefined {
  return body instanceof ChunkedBody ? body.trailers : undefined
}

const lineLimitBytes = 1024
const trailersLimitBytes = 8 * 1024

async function* chunkData(reader: ChunkReader, size: number, hash: Hash | undefined): Bytes {
  for (let left = size; left > 0; ) {
    const piece = await reader.take(left)
    if (piece === undefined) throw incomplete()
    left -= piece.length
    hash?.update(piece)
    yield piece
  }
}

function parseChunkHead(line: string | undefined): {
  readonly size: number
  readonly signature: string | undefined
} {
  const match = /^([0-9a-fA-F]{1,12})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line ?? '')
  if (match === null) throw incomplete()
  return { size: Number.parseInt(match[1] ?? '', 16), signature: match[2] }
}

/** Blank lines between trailers and their signature are tolerated: HTTP's own framing says where the body ends. */
async function readTrailers(reader: ChunkReader): Promise<readonly Trailer[]> {
  const trailers: Trailer[] = []
  for (let size = 0; ; ) {
    const line = await framed(() => reader.line(trailersLimitBytes - size))
    if (line === undefined) return trailers
    size += line.length
    const colon = line.indexOf(':')
    if (colon > 0) trailers.push([line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()])
    else if (line.trim() !== '') throw malformedTrailer()
  }
}

type Trailer = readonly [name: string, value: string]

function checkTrailers(
  trailers: readonly Trailer[],
  announced: readonly string[] | undefined,
  signatures: ReturnType<typeof chunkSignatures> | undefined,
): Headers {
  const content = trailers.filter(([name]) => name !== 'x-amz-trailer-signature')
  const names = content.map(([name]) => name)
  if (names.some((name) => !announced?.includes(name))) throw malformedTrailer()
  if (announced?.some((name) => !names.includes(name))) throw malformedTrailer()
  if (announced !== undefined) {
    const text = content.map(([name, value]) => `${name}:${value}\n`).join('')
    const signature = trailers.find(([name]) => name === 'x-amz-trailer-signature')?.[1]
    signatures?.check('TRAILER', createHash('sha256').update(text, 'latin1').digest('hex'), signature)
  }
  return trailerHeaders(content)
}

function trailerHeaders(trailers: readonly Trailer[]): Headers {
  const headers = new Headers()
  try {
    for (const [name, value] of trailers) headers.append(name, value)
  } catch (error) {
    throw malformedTrailer({ cause: error })
  }
  return headers
}

/** Each signature covers the one before it, so that no chunk can be left out or moved. */
function chunkSignatures(chain: SignatureChain) {
  let previous = chain.seed
  return {
    check(kind: 'PAYLOAD' | 'TRAILER', hashes: string, given: string | undefined): void {
      const text = `AWS4-HMAC-SHA256-${kind}\n${chain.time}\n${scopeText(chain.scope)}\n${previous}\n${hashes}`
      previous = hmacHex(chain.key, text)
      if (given === undefined || !sameSignature(previous, given))
        throw refusalError({ refused: 'wrong-signature' }, 's3')
    },
  }
}

/** Too long a line is broken framing; what the sender's own stream throws goes on as it is. */
async function framed<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof RangeError) throw incomplete({ cause: error })
    throw error
  }
}

function incomplete(options?: ErrorOptions): ApiError {
  return IncompleteBody('The request body terminated unexpectedly', options)
}

function malformedTrailer(options?: ErrorOptions): ApiError {
  return new ApiError(
    { code: 'MalformedTrailerError', httpStatus: 400 },
    'The request contained trailing data that was not well-formed or did not conform to our published schema.',
    options,
  )
}
