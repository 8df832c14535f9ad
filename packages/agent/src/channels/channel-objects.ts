import { ApiError, bytesOf, readAll } from '@sagebrush/api'
import type { ObjectsClient } from '../objects/objects-client.ts'
import { findObject, type ListedObject, listObjects } from '../objects/read-objects.ts'
import { type ObjectPlace, parseS3Uri } from '../objects/s3-uri.ts'
import type { ChannelPlan } from '../plan/host-plan.ts'
import { retrying } from '../retry.ts'
import { ChannelError } from './channel-error.ts'
import { parseManifest } from './manifests/manifest.ts'

export interface ChannelObject extends ListedObject {
  readonly bucket: string
  /** What stands before the part of the key that is the object's path below the channel's folder. */
  readonly prefix: string
}

export interface Reading {
  readonly client: ObjectsClient
  readonly signal: AbortSignal
}

/** A manifest is read whole; no real one is larger. */
const manifestLimitBytes = 1 << 30
/** From so many entries on, listing what lies below their prefix is cheaper than asking for each. */
const listFrom = 50

/**
 * The objects of a channel with a prefix or a manifest, in order. Throws ApiError, SyntaxError, and ChannelError that
 * names what is missing or wrong.
 */
export async function* channelObjects(
  { source }: ChannelPlan,
  reading: Reading,
): AsyncGenerator<ChannelObject> {
  let count = 0
  for await (const object of source.type === 'ManifestFile'
    ? manifestObjects(source.uri, reading)
    : prefixObjects(source.uri, reading)) {
    count += 1
    yield object
  }
  if (count === 0) throw new ChannelError(`S3 key: ${source.uri} matched no files on s3`)
}

async function* prefixObjects(uri: string, { client, signal }: Reading): AsyncGenerator<ChannelObject> {
  const place = parseS3Uri(uri)
  for await (const object of listObjects(client, place, signal))
    yield { ...object, bucket: place.bucket, prefix: place.key }
}

async function* manifestObjects(uri: string, reading: Reading): AsyncGenerator<ChannelObject> {
  const { bucket, prefix, entries } = parseManifest(await readManifest(uri, reading), uri)
  const known =
    entries.length < listFrom ? undefined : await objectsBelow({ bucket, key: prefix }, entries, reading)
  for (const entry of entries) {
    const place = { bucket, key: prefix + entry }
    const object =
      known === undefined ? await findObject(reading.client, place, reading.signal) : known.get(entry)
    if (object === undefined)
      throw new ChannelError(`s3://${bucket}/${place.key}, which the manifest ${uri} names, does not exist`)
    yield { ...object, bucket, prefix }
  }
}

async function objectsBelow(
  place: ObjectPlace,
  entries: readonly string[],
  { client, signal }: Reading,
): Promise<Map<string, ListedObject>> {
  const wanted = new Set(entries)
  const found = new Map<string, ListedObject>()
  for await (const object of listObjects(client, place, signal)) {
    const entry = object.key.slice(place.key.length)
    if (wanted.has(entry)) found.set(entry, object)
    if (found.size === wanted.size) break
  }
  return found
}

/** The text of a manifest. Throws ApiError, and ChannelError that names it when it is not there. */
export async function readManifest(uri: string, { client, signal }: Reading): Promise<string> {
  const { bucket, key } = parseS3Uri(uri)
  try {
    return await retrying(
      async () => {
        const { Body } = await client.GetObject({ Bucket: bucket, Key: key }, { signal })
        return new TextDecoder().decode(await readAll(Body ?? bytesOf(), manifestLimitBytes))
      },
      { signal },
    )
  } catch (error) {
    if (error instanceof ApiError && error.httpStatus === 404)
      throw new ChannelError(`the manifest ${uri} does not exist`, { cause: error })
    throw error
  }
}
