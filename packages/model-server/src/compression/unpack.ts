import { promisify } from 'node:util'
import { gunzip, inflate } from 'node:zlib'
import { StatusError } from '../status.ts'

const unpackers = { gzip: promisify(gunzip), deflate: promisify(inflate) }

export type Encoding = keyof typeof unpackers
export const encodings = Object.keys(unpackers) as readonly Encoding[]

export interface UnpackOptions {
  readonly encoding: Encoding
  /** Of what is in it. */
  readonly limitBytes: number
  /** True once nobody waits for it: then it is not begun. */
  readonly isAbandoned: () => boolean
}

/**
 * How many are under way in this process: what is small while it is packed may be a thousand times as large, so memory
 * would follow the number of clients. More would not be faster.
 */
const atOnce = 2
let underWay = 0
const waiting: (() => void)[] = []

/** Takes its turn. Throws zlib's error for what is not in that encoding or too large, StatusError CANCELLED. */
export async function unpack(
  bytes: Uint8Array,
  { encoding, limitBytes, isAbandoned }: UnpackOptions,
): Promise<Buffer> {
  if (underWay < atOnce) underWay += 1
  else await new Promise<void>((resolve) => waiting.push(resolve))
  try {
    if (isAbandoned()) throw new StatusError('CANCELLED', 'The client went away')
    return await unpackers[encoding](bytes, { maxOutputLength: limitBytes })
  } finally {
    const next = waiting.shift()
    if (next) next()
    else underWay -= 1
  }
}
