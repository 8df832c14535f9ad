import { promisify } from 'node:util'
import { constants, crc32, createDeflateRaw, type DeflateRaw, deflateRaw, type ZlibParams } from 'node:zlib'
import { inParts } from '../in-parts.ts'

const blockBytes = 1 << 20
const sampleBytes = 1 << 15
/** Weights of a model shrink by some 8 %, at a tenth of the speed: not worth it. Text and zeros are. */
const worthwhileRatio = 0.85

/** No name, no time, unknown system. Source: RFC 1952. */
const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])

/**
 * A gzip stream in which each stretch of the input is compressed or stored, whichever pays, so that a model's
 * weights pass at the disk's speed. (Node's own gzip cannot change its mind on the way; its raw deflate can.)
 * Throws what the source throws.
 */
export async function* gzipped(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const options = { level: constants.Z_BEST_SPEED, chunkSize: 1 << 18 }
  // `params` is there, though the types know it of other streams only.
  const deflate = createDeflateRaw(options) as AdjustableDeflate
  const fed = feed(deflate, bytes)
  fed.catch((error: Error) => deflate.destroy(error))
  yield header
  yield* deflate
  yield trailer(await fed)
}

type AdjustableDeflate = DeflateRaw & ZlibParams

interface Sum {
  readonly crc: number
  readonly bytes: number
}

async function feed(deflate: AdjustableDeflate, bytes: AsyncIterable<Uint8Array>): Promise<Sum> {
  const setLevel = promisify(deflate.params.bind(deflate))
  let level: number = constants.Z_BEST_SPEED
  let sum: Sum = { crc: 0, bytes: 0 }
  for await (const block of inParts(bytes, () => blockBytes)) {
    sum = { crc: crc32(block, sum.crc), bytes: sum.bytes + block.length }
    const best = await bestLevel(block)
    if (best !== level) await setLevel(best, constants.Z_DEFAULT_STRATEGY)
    level = best
    await written(deflate, block)
  }
  deflate.end()
  return sum
}

/** CRC and length, modulo 2³², little-endian. */
function trailer({ crc, bytes }: Sum): Buffer {
  const end = Buffer.alloc(8)
  end.writeUInt32LE(crc, 0)
  end.writeUInt32LE(bytes % 2 ** 32, 4)
  return end
}

async function bestLevel(block: Buffer): Promise<number> {
  const start = Math.max(0, (block.length - sampleBytes) >> 1)
  const sample = block.subarray(start, start + sampleBytes)
  const packed = await promisify(deflateRaw)(sample, { level: constants.Z_BEST_SPEED })
  return packed.length > sample.length * worthwhileRatio ? constants.Z_NO_COMPRESSION : constants.Z_BEST_SPEED
}

/** Resolves once the block is compressed: one at a time bounds the memory. */
function written(deflate: DeflateRaw, block: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    deflate.write(block, (error) => (error ? reject(error) : resolve()))
  })
}
