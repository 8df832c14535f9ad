import { constants, createWriteStream, linkSync, mkdirSync } from 'node:fs'
import { chmod, copyFile, link, mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { hasCode } from '../error-code.ts'
import { eachOf } from '../objects/each-of.ts'
import type { ObjectsClient } from '../objects/objects-client.ts'
import type { ChannelPlan } from '../plan/host-plan.ts'
import { channelFailure } from './channel-failure.ts'
import { type ChannelObject, channelObjects } from './channel-objects.ts'
import { channelPath } from './channel-path.ts'
import { epochOrder, type Share } from './epoch-order.ts'
import { objectBytes } from './object-bytes.ts'

export interface Staging {
  readonly client: ObjectsClient
  /** The channel's own folder. */
  readonly directory: string
  /**
   * What becomes of objects that lie on this machine. `link`: the very bytes of the bucket, so the program must see the
   * folder read-only. `copy`: bytes of its own, shared on disk until one side is written where the file system can.
   */
  readonly local: 'link' | 'copy'
  /** Of a channel that is sharded. */
  readonly share: Share
  readonly signal: AbortSignal
}

const concurrency = 16

/**
 * Makes every object of the channel a file; links are all that FastFile mode needs, too.
 * Throws HostFailure `ClientError: Data download failed:…`.
 */
export async function stageChannel(channel: ChannelPlan, staging: Staging): Promise<void> {
  await mkdir(staging.directory, { recursive: true })
  try {
    await stageObjects(channel, staging)
  } catch (error) {
    staging.signal.throwIfAborted()
    throw channelFailure(channel, error)
  }
}

/** The same, and throws what is wrong as it is: ApiError, ChannelError, the system's errors. */
export async function stageObjects(channel: ChannelPlan, staging: Staging): Promise<void> {
  const objects = sharedObjects(channel, staging)
  const made = new Set<string>()
  const makeFolder = (path: string): void => {
    if (made.has(path)) return
    mkdirSync(path, { recursive: true })
    made.add(path)
  }
  await eachOf(objects, concurrency, async (object) => {
    const { path, folder } = channelPath(object.prefix, object.key)
    const target = join(staging.directory, path)
    makeFolder(folder ? target : dirname(target))
    if (!folder) await stageObject(object, target, staging)
  })
}

/** A channel that is not sharded passes as it is listed. */
async function* sharedObjects(channel: ChannelPlan, staging: Staging): AsyncGenerator<ChannelObject> {
  const objects = channelObjects(channel, staging)
  const { share } = staging
  if (channel.source.distribution === 'FullyReplicated' || share.hosts === 1) {
    yield* objects
    return
  }
  const all: ChannelObject[] = []
  for await (const object of objects) all.push(object)
  yield* epochOrder(all, { seed: channel.shuffleSeed, epoch: 0, share })
}

async function stageObject(object: ChannelObject, target: string, staging: Staging): Promise<void> {
  const { localPath, bucket, key } = object
  if (localPath !== undefined && (await stageLocal(localPath, target, staging.local))) return
  // A second try must tell its own half from another object's file.
  const part = `${target}.sagebrush-part`
  await pipeline(objectBytes({ bucket, key }, staging), createWriteStream(part))
  await link(part, target).finally(() => rm(part))
}

/** False when the bytes cannot be had here: they are fetched then. */
async function stageLocal(source: string, target: string, way: Staging['local']): Promise<boolean> {
  try {
    if (way === 'link') await linkOrCopy(source, target)
    else await copy(source, target)
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST', 'ENOTDIR', 'EISDIR', 'ENOSPC', 'ENAMETOOLONG')) throw error
    return false
  }
}

/** A link takes microseconds: a hundred thousand of them are made sooner than handed to threads. */
async function linkOrCopy(source: string, target: string): Promise<void> {
  try {
    linkSync(source, target)
  } catch {
    await copy(source, target)
  }
}

async function copy(source: string, target: string): Promise<void> {
  await copyFile(source, target, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL)
  await chmod(target, 0o644)
}
