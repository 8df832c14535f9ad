import { mkdir, rm } from 'node:fs/promises'
import { ApiError } from '@sagebrush/api'
import { HostFailure, messageOf } from '../failure-reason.ts'
import { ArchiveError, unpack } from '../objects/archives/unpack.ts'
import type { ObjectsClient } from '../objects/objects-client.ts'
import { findObject, readObject } from '../objects/read-objects.ts'
import { parseS3Uri } from '../objects/s3-uri.ts'
import { archiveLimits } from './archive-limits.ts'

/** Unpacks the model's archive into `directory`, which is empty where that fails. Throws HostFailure. */
export async function fetchModel(
  uri: string,
  directory: string,
  { client, signal }: { readonly client: ObjectsClient; readonly signal: AbortSignal },
): Promise<void> {
  try {
    const place = parseS3Uri(uri)
    const object = await findObject(client, place, signal)
    if (object === undefined) throw new HostFailure(`Could not find model data at ${uri}.`)
    await readObject(
      { client, bucket: place.bucket, object },
      async (bytes) => {
        await rm(directory, { recursive: true, force: true })
        await mkdir(directory, { recursive: true })
        await unpack(bytes, directory, await archiveLimits(object.size, directory))
      },
      signal,
    )
  } catch (error) {
    signal.throwIfAborted()
    await rm(directory, { recursive: true, force: true })
    await mkdir(directory, { recursive: true })
    if (error instanceof ArchiveError || error instanceof SyntaxError || error instanceof ApiError)
      throw new HostFailure(`The model data at ${uri} cannot be used: ${messageOf(error)}`, { cause: error })
    throw error
  }
}
