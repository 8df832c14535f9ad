import { createHash } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ApiError } from '@sagebrush/api'
import { messageOf } from '../../failure-reason.ts'
import { ArchiveError, unpack } from '../../objects/archives/unpack.ts'
import type { ObjectsClient } from '../../objects/objects-client.ts'
import { findObject, type ListedObject, readObject } from '../../objects/read-objects.ts'
import { type ObjectPlace, parseS3Uri } from '../../objects/s3-uri.ts'
import { archiveLimits, spareBytes } from '../archive-limits.ts'
import { FrontRefusal } from './front-refusal.ts'

export interface ModelFilesOptions {
  readonly client: ObjectsClient
  /** `s3://bucket/prefix/`: where the targets lie. */
  readonly prefix: string
  /** Models come to lie in `<id>/model` below it. */
  readonly directory: string
  /** Whether the container holds the model: its files stay. */
  readonly isInUse: (target: string) => boolean
  /** On the disk, in bytes. */
  readonly freeBytes: (directory: string) => Promise<number>
}

/** The models' archives as folders on this host's disk. */
export interface ModelFiles {
  /**
   * Brings the archive, unless the one that is there has been brought before. Resolves to the model's id, by which its
   * folder is named. Throws FrontRefusal.
   */
  bring(target: string, signal: AbortSignal): Promise<string>
  discard(target: string): Promise<void>
}

/** So much larger than its archive a model may well be. */
const likelyRatio = 4

/** What the container calls a model: letters and digits, whatever the target's name is. */
export const modelId = (target: string): string =>
  createHash('sha256').update(target).digest('hex').slice(0, 32)

export function modelFiles({ client, prefix, directory, ...options }: ModelFilesOptions): ModelFiles {
  /** By target, the archive that its folder was made of. */
  const brought = new Map<string, string>()
  return { bring, discard }

  async function bring(target: string, signal: AbortSignal): Promise<string> {
    const id = modelId(target)
    const place = placeOf(prefix, target)
    const object = await find(place, signal)
    if (object === undefined) throw missing(place)
    const version = `${object.etag} ${object.size}`
    if (brought.get(target) === version) return id
    await discard(target)
    await makeRoom(object.size)
    await fetch({ place, object, folder: join(directory, id, 'model') }, signal)
    brought.set(target, version)
    return id
  }

  /** Files of models that are not loaded wait for the next time, while there is room for them. */
  async function makeRoom(archiveBytes: number): Promise<void> {
    await mkdir(directory, { recursive: true })
    for (const target of [...brought.keys()]) {
      if ((await options.freeBytes(directory)) > spareBytes + archiveBytes * likelyRatio) return
      if (!options.isInUse(target)) await discard(target)
    }
  }

  /** A bucket that is not there holds no models either. */
  async function find(place: ObjectPlace, signal: AbortSignal): Promise<ListedObject | undefined> {
    try {
      return await findObject(client, place, signal)
    } catch (error) {
      if (error instanceof ApiError && error.httpStatus < 500) throw missing(place, error)
      throw error
    }
  }

  async function fetch(
    { place, object, folder }: { place: ObjectPlace; object: ListedObject; folder: string },
    signal: AbortSignal,
  ): Promise<void> {
    try {
      await readObject(
        { client, bucket: place.bucket, object },
        async (bytes) => {
          await rm(folder, { recursive: true, force: true })
          await mkdir(folder, { recursive: true })
          await unpack(bytes, folder, await archiveLimits(object.size, folder))
        },
        signal,
      )
    } catch (error) {
      if (!(error instanceof ArchiveError)) throw error
      throw new FrontRefusal(
        'ValidationError',
        `Failed to extract model data archive from URL "s3://${place.bucket}/${place.key}". Please ensure that the object located at the URL is a valid tar.gz archive: ${messageOf(error)}`,
        { cause: error },
      )
    }
  }

  async function discard(target: string): Promise<void> {
    brought.delete(target)
    await rm(join(directory, modelId(target)), { recursive: true, force: true })
  }
}

function placeOf(prefix: string, target: string): ObjectPlace {
  const { bucket, key } = parseS3Uri(prefix)
  const folder = key === '' || key.endsWith('/') ? key : `${key}/`
  return { bucket, key: folder + target.replace(/^\/+/, '') }
}

/** Source: AWS's own words. */
const missing = ({ bucket, key }: ObjectPlace, cause?: unknown): FrontRefusal =>
  new FrontRefusal(
    'ValidationError',
    `Failed to download model data(bucket: ${bucket}, key: ${key}). Please ensure that there is an object located at the URL and that the role passed to CreateModel has permissions to download the model.`,
    { cause },
  )
