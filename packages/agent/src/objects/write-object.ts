import { bytesOf, type CallOptions } from '@sagebrush/api'
import { retrying } from '../retry.ts'
import { inParts } from './in-parts.ts'
import type { ObjectsClient } from './objects-client.ts'
import type { ObjectPlace } from './s3-uri.ts'

const MiB = 1 << 20
/** Most parts of an upload. Source: S3 limits. */
const mostParts = 10_000

/** Small for as long as objects are: 10,000 parts of this plan hold about 570 GiB. */
export function partBytes(partNumber: number): number {
  return partNumber <= 1_000 ? 8 * MiB : 64 * MiB
}

/**
 * Stores a stream as one object, of which nothing is seen before it is whole; memory holds two parts. A
 * server that is away is waited for. When the stream fails, nothing is left behind. Throws ApiError and the
 * stream's error.
 */
export async function writeObject(
  { client, place }: { readonly client: ObjectsClient; readonly place: ObjectPlace },
  bytes: AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<void> {
  const target: Target = { client, place, signal }
  const parts = inParts(bytes, partBytes)
  const first = await parts.next()
  const second = first.done === true ? first : await parts.next()
  if (second.done === true) return putWhole(target, first.done === true ? Buffer.alloc(0) : first.value)
  await putInParts(target, [first.value ?? Buffer.alloc(0), second.value], parts)
}

interface Target {
  readonly client: ObjectsClient
  readonly place: ObjectPlace
  readonly signal: AbortSignal | undefined
}

async function putWhole({ client, place, signal }: Target, bytes: Buffer): Promise<void> {
  const where = { Bucket: place.bucket, Key: place.key }
  await call(signal, (options) =>
    client.PutObject({ ...where, ContentLength: bytes.length, Body: bytesOf(bytes) }, options),
  )
}

async function putInParts(
  target: Target,
  begun: readonly Buffer[],
  rest: AsyncIterable<Buffer>,
): Promise<void> {
  const { client, place, signal } = target
  const where = { Bucket: place.bucket, Key: place.key }
  const { UploadId = '' } = await call(signal, (options) => client.CreateMultipartUpload(where, options))
  const Parts: { ETag: string; PartNumber: number }[] = []
  let uploading: Promise<unknown> = Promise.resolve()
  try {
    for await (const part of chain(begun, rest)) {
      await uploading
      // While this part travels, the next one is made.
      uploading = putPart(target, { UploadId, PartNumber: Parts.length + 1, part }).then((put) =>
        Parts.push(put),
      )
      uploading.catch(() => {})
    }
    await uploading
    await call(signal, (options) =>
      client.CompleteMultipartUpload({ ...where, UploadId, MultipartUpload: { Parts } }, options),
    )
  } catch (error) {
    await uploading.catch(() => {})
    await client.AbortMultipartUpload({ ...where, UploadId }).catch(() => {})
    throw error
  }
}

async function putPart(
  { client, place, signal }: Target,
  { UploadId, PartNumber, part }: { UploadId: string; PartNumber: number; part: Buffer },
): Promise<{ ETag: string; PartNumber: number }> {
  if (PartNumber > mostParts) throw new RangeError('the object is larger than S3 takes in parts')
  const { ETag = '' } = await call(signal, (options) =>
    client.UploadPart(
      {
        Bucket: place.bucket,
        Key: place.key,
        UploadId,
        PartNumber,
        ContentLength: part.length,
        Body: bytesOf(part),
      },
      options,
    ),
  )
  return { ETag, PartNumber }
}

function call<T>(signal: AbortSignal | undefined, attempt: (options: CallOptions) => Promise<T>): Promise<T> {
  const options = signal === undefined ? {} : { signal }
  return retrying(() => attempt(options), options)
}

async function* chain(begun: readonly Buffer[], rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield* begun
  yield* rest
}
