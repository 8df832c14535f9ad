import { open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { retrying } from '../retry.ts'
import type { ObjectsClient } from './objects-client.ts'
import type { ObjectPlace } from './s3-uri.ts'

/**
 * An object as the listing shows it. `localPath` is where its bytes lie, when the store is on this machine.
 */
export interface ListedObject {
  readonly key: string
  readonly size: number
  /** Changes with the bytes. */
  readonly etag?: string
  readonly localPath?: string
}

/** Every object whose key starts with the place's, in order of key. Throws ApiError. */
export async function* listObjects(
  client: ObjectsClient,
  { bucket, key }: ObjectPlace,
  signal: AbortSignal,
): AsyncGenerator<ListedObject> {
  let token: string | undefined
  do {
    const page = await retrying(
      () =>
        client.ListObjectsV2(
          { Bucket: bucket, Prefix: key, ContinuationToken: token, SagebrushLocalPaths: '1' },
          { signal },
        ),
      { signal },
    )
    for (const { Key, Size, ETag, SagebrushLocalPath } of page.Contents ?? []) {
      const local = SagebrushLocalPath === undefined ? {} : { localPath: SagebrushLocalPath }
      const etag = ETag === undefined ? {} : { etag: ETag }
      if (Key !== undefined) yield { key: Key, size: Size ?? 0, ...etag, ...local }
    }
    token = page.IsTruncated === true ? page.NextContinuationToken : undefined
  } while (token !== undefined)
}

/** The one object at the place; undefined when there is none. Throws ApiError. */
export async function findObject(
  client: ObjectsClient,
  place: ObjectPlace,
  signal: AbortSignal,
): Promise<ListedObject | undefined> {
  // The shortest key with a prefix sorts first.
  for await (const object of listObjects(client, place, signal))
    return object.key === place.key ? object : undefined
  return undefined
}

/**
 * Hands the object's bytes to `consume`, which is called anew when the connection breaks: it starts from
 * nothing each time. Bytes on this machine are read in place. Throws ApiError, ConnectionError and what
 * `consume` throws.
 */
export async function readObject(
  source: { readonly client: ObjectsClient; readonly bucket: string; readonly object: ListedObject },
  consume: (bytes: Readable) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { client, bucket, object } = source
  if (object.localPath !== undefined && (await consumeLocal(object.localPath, consume))) return
  await retrying(
    async () => {
      const { Body } = await client.GetObject({ Bucket: bucket, Key: object.key }, { signal })
      await consume(Readable.from(Body ?? [], { objectMode: false }))
    },
    { signal },
  )
}

/** False when the file is gone, replaced or deleted since the listing. */
async function consumeLocal(path: string, consume: (bytes: Readable) => Promise<void>): Promise<boolean> {
  const file = await open(path).catch(() => undefined)
  if (file === undefined) return false
  await consume(file.createReadStream())
  return true
}
