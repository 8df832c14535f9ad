import { constants, createWriteStream } from 'node:fs'
import { chmod, copyFile, link, mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { ApiError } from '@sagebrush/api'
import { clientError, HostFailure, messageOf } from '../failure-reason.ts'
import type { ChannelPlan } from '../host-plan.ts'
import { eachOf } from '../objects/each-of.ts'
import type { ObjectsClient } from '../objects/objects-client.ts'
import { type ListedObject, listObjects, readObject } from '../objects/read-objects.ts'
import { parseS3Uri } from '../objects/s3-uri.ts'
import { ChannelError, channelPath } from './channel-path.ts'

export interface Staging {
  readonly client: ObjectsClient
  /** The channel's own folder. */
  readonly directory: string
  /**
   * What becomes of objects that lie on this machine. `link`: the very bytes of the bucket, so the program
   * must see the folder read-only. `copy`: bytes of its own, shared on disk until one side is written where
   * the file system can.
   */
  readonly local: 'link' | 'copy'
  readonly signal: AbortSignal
}

const concurrency = 16

/** Makes every object of the channel a file. Throws HostFailure `ClientError: Data download failed:…`. */
export async function stageChannel(channel: ChannelPlan, staging: Staging): Promise<void> {
  await mkdir(staging.directory, { recursive: true })
  try {
    await stageObjects(channel, staging)
  } catch (error) {
    staging.signal.throwIfAborted()
    throw isUsersFault(error) ? downloadFailed(reasonFor(channel, error), error) : error
  }
}

async function stageObjects(channel: ChannelPlan, staging: Staging): Promise<void> {
  const place = parseS3Uri(channel.source.uri)
  let count = 0
  await eachOf(listObjects(staging.client, place, staging.signal), concurrency, async (object) => {
    count += 1
    const { path, folder } = channelPath(place.key, object.key)
    const target = join(staging.directory, path)
    await mkdir(folder ? target : dirname(target), { recursive: true })
    if (!folder) await stageObject({ object, bucket: place.bucket, target }, staging)
  })
  if (count === 0) throw new ChannelError(`S3 key: ${channel.source.uri} matched no files on s3`)
}

interface Placement {
  readonly object: ListedObject
  readonly bucket: string
  readonly target: string
}

async function stageObject({ object, bucket, target }: Placement, staging: Staging): Promise<void> {
  if (object.localPath !== undefined && (await stageLocal(object.localPath, target, staging.local))) return
  await readObject(
    { client: staging.client, bucket, object: { key: object.key, size: object.size } },
    async (bytes) => {
      // A second try must tell its own half from another object's file.
      const part = `${target}.sagebrush-part`
      await pipeline(bytes, createWriteStream(part))
      await link(part, target).finally(() => rm(part))
    },
    staging.signal,
  )
}

/** False when the bytes cannot be had here: they are fetched then. */
async function stageLocal(source: string, target: string, way: Staging['local']): Promise<boolean> {
  try {
    if (way === 'link') await link(source, target).catch(() => copy(source, target))
    else await copy(source, target)
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST', 'ENOTDIR', 'EISDIR', 'ENOSPC', 'ENAMETOOLONG')) throw error
    return false
  }
}

async function copy(source: string, target: string): Promise<void> {
  await copyFile(source, target, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL)
  await chmod(target, 0o644)
}

function isUsersFault(error: unknown): boolean {
  if (error instanceof ApiError) return error.httpStatus < 500
  if (error instanceof ChannelError || error instanceof SyntaxError) return true
  return hasCode(error, 'EEXIST', 'ENOTDIR', 'EISDIR', 'ENOSPC', 'ENAMETOOLONG')
}

function reasonFor(channel: ChannelPlan, error: unknown): string {
  if (hasCode(error, 'EEXIST', 'ENOTDIR', 'EISDIR'))
    return `two keys below ${channel.source.uri} cannot both be files: one is the other's folder or name`
  if (hasCode(error, 'ENOSPC')) return `Could not download ${channel.source.uri}: insufficient disk space`
  if (hasCode(error, 'ENAMETOOLONG')) return `a key below ${channel.source.uri} is too long for a file name`
  return messageOf(error)
}

function downloadFailed(text: string, cause: unknown): HostFailure {
  return new HostFailure(clientError(`Data download failed:${text}`), { cause })
}

function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code))
}
