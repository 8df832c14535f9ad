import { constants, createWriteStream } from 'node:fs'
import { copyFile, mkdir, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { channelPath } from '../channels/channel-path.ts'
import { eachOf } from '../objects/each-of.ts'
import type { ObjectsClient } from '../objects/objects-client.ts'
import { type ListedObject, listObjects, readObject } from '../objects/read-objects.ts'
import type { ObjectPlace } from '../objects/s3-uri.ts'

export interface Restoring {
  readonly client: ObjectsClient
  /** The objects' common prefix: empty, or with `/` at its end. */
  readonly place: ObjectPlace
  readonly folder: string
  readonly signal: AbortSignal
}

const concurrency = 8

/**
 * Makes a file of every object below the prefix, with bytes of its own that the program may change. Throws ApiError,
 * ChannelError for a key that is no file name, and the system's errors.
 */
export async function restoreFolder({ client, place, folder, signal }: Restoring): Promise<void> {
  await eachOf(listObjects(client, place, signal), concurrency, async (object) => {
    const { path, folder: isFolder } = channelPath(place.key, object.key)
    const target = join(folder, path)
    await mkdir(isFolder ? target : dirname(target), { recursive: true })
    if (!isFolder) await restoreFile(object, target, { client, place, folder, signal })
  })
}

/** Whole or not at all. */
async function restoreFile(
  object: ListedObject,
  target: string,
  { client, place, signal }: Restoring,
): Promise<void> {
  const part = `${target}.sagebrush-part`
  if (object.localPath === undefined || !(await copied(object.localPath, part))) {
    const source = { client, bucket: place.bucket, object: { key: object.key, size: object.size } }
    await readObject(source, (bytes) => pipeline(bytes, createWriteStream(part)), signal)
  }
  await rename(part, target)
}

/** False when the file is gone, replaced or deleted since the listing. */
async function copied(source: string, target: string): Promise<boolean> {
  try {
    await copyFile(source, target, constants.COPYFILE_FICLONE)
    return true
  } catch {
    return false
  }
}
