import { readFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { ApiError } from '@sagebrush/api'
import { messageOf } from '../failure-reason.ts'
import { isPassing, retrying } from '../retry.ts'
import { ChannelError } from './channel-error.ts'
import type { Reading } from './channel-objects.ts'

export interface ObjectSource {
  readonly bucket: string
  readonly key: string
  /** Where its bytes lie on this machine, and how many they were when it was listed. */
  readonly localPath?: string
  readonly size?: number
}

const chunkBytes = 1 << 20
/** How often in a row a connection may break without a byte before it is given up. */
const mostBreaks = 20

export const nameOf = ({ bucket, key }: ObjectSource): string => `s3://${bucket}/${key}`

/**
 * The object's bytes, in constant memory, without the first ones where that is asked for: read in place where they lie on this machine, else fetched, and fetched on
 * where a connection broke. Throws ChannelError that names the object when it has gone or changed since it was listed.
 */
export async function* objectBytes(
  source: ObjectSource,
  reading: Reading,
  start = 0,
): AsyncGenerator<Uint8Array> {
  const { localPath, size = 0 } = source
  if (localPath === undefined) {
    yield* remoteBytes(source, reading, start)
    return
  }
  // A small file costs less to read than to ask for.
  const small = start === 0 && size <= chunkBytes ? readIfThere(localPath) : undefined
  if (small !== undefined && small.length === size) {
    if (size > 0) yield small
    return
  }
  const isDone = size > chunkBytes && (yield* localBytes(localPath, start))
  if (!isDone) yield* remoteBytes(source, reading, start)
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch {
    return undefined
  }
}

/** False when the file is not there. */
async function* localBytes(path: string, start: number): AsyncGenerator<Uint8Array, boolean> {
  const file = await open(path).catch(() => undefined)
  if (file === undefined) return false
  try {
    yield* file.createReadStream({ start, highWaterMark: chunkBytes })
    return true
  } finally {
    await file.close().catch(() => {})
  }
}

async function* remoteBytes(
  source: ObjectSource,
  reading: Reading,
  start: number,
): AsyncGenerator<Uint8Array> {
  const { client, signal } = reading
  let done = start
  let etag: string | undefined
  let breaks = 0
  for (;;) {
    const before = done
    try {
      const { Body, ETag, ContentLength } = await retrying(
        () => client.GetObject({ ...place(source), ...from(done, etag) }, { signal }),
        { signal },
      )
      etag ??= ETag
      const end = done + (ContentLength ?? 0)
      for await (const chunk of Body ?? []) {
        done += chunk.length
        yield chunk
      }
      if (done >= end) return
    } catch (error) {
      signal.throwIfAborted()
      if (!isPassing(error)) throw unreadable(source, error)
    }
    breaks = done === before ? breaks + 1 : 0
    if (breaks > mostBreaks)
      throw new ChannelError(`${nameOf(source)} cannot be read: its connection keeps breaking`)
    await delay(breaks * 50, undefined, { signal })
  }
}

const place = ({ bucket, key }: ObjectSource) => ({ Bucket: bucket, Key: key })

function from(offset: number, etag: string | undefined): { Range?: string; IfMatch?: string } {
  if (offset === 0) return {}
  return { Range: `bytes=${offset}-`, ...(etag === undefined ? {} : { IfMatch: etag }) }
}

function unreadable(source: ObjectSource, error: unknown): unknown {
  if (!(error instanceof ApiError)) return error
  const reason =
    error.httpStatus === 404
      ? 'does not exist any more'
      : error.httpStatus === 412
        ? 'changed while it was read'
        : `cannot be read: ${messageOf(error)}`
  return new ChannelError(`${nameOf(source)} ${reason}`, { cause: error })
}
