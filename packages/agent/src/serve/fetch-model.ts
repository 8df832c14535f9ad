import { mkdir, rm } from 'node:fs/promises'
import { ApiError } from '@sagebrush/api'
import { ChannelError } from '../channels/channel-error.ts'
import { stageObjects } from '../channels/stage-channel.ts'
import { HostFailure, messageOf } from '../failure-reason.ts'
import { ArchiveError, unpack } from '../objects/archives/unpack.ts'
import type { ObjectsClient } from '../objects/objects-client.ts'
import { findObject, readObject } from '../objects/read-objects.ts'
import { parseS3Uri } from '../objects/s3-uri.ts'
import { archiveLimits } from './archive-limits.ts'

interface Fetching {
  readonly client: ObjectsClient
  readonly signal: AbortSignal
}

/**
 * Unpacks the model's archive into `directory`, which is empty where that fails. A URI that ends in a slash is the prefix
 * of a model that was not packed: its objects become the files. Throws HostFailure.
 */
export async function fetchModel(
  uri: string,
  directory: string,
  { client, signal }: Fetching,
): Promise<void> {
  try {
    if (uri.endsWith('/')) return await fetchFiles(uri, directory, { client, signal })
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
    if (
      error instanceof ArchiveError ||
      error instanceof ChannelError ||
      error instanceof SyntaxError ||
      error instanceof ApiError
    )
      throw new HostFailure(`The model data at ${uri} cannot be used: ${messageOf(error)}`, { cause: error })
    throw error
  }
}

async function fetchFiles(uri: string, directory: string, { client, signal }: Fetching): Promise<void> {
  const source = { uri, type: 'S3Prefix', distribution: 'FullyReplicated' } as const
  const share = { host: 0, hosts: 1 }
  await stageObjects(
    { name: 'model', source, mode: 'File' },
    { client, directory, local: 'copy', share, signal },
  )
}
