import { createReadStream } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { ApiError } from '@sagebrush/api'
import { hasCode } from '../error-code.ts'
import { clientError, HostFailure, internalServerError, messageOf } from '../failure-reason.ts'
import { ownFolder } from '../machine/own-folder.ts'
import { packDirectory } from '../objects/archives/pack.ts'
import { eachOf } from '../objects/each-of.ts'
import { looseFiles } from '../objects/loose-files.ts'
import type { ObjectsClient } from '../objects/objects-client.ts'
import { joinS3Uri, parseS3Uri } from '../objects/s3-uri.ts'
import { writeObject } from '../objects/write-object.ts'
import type { Layout } from './ml-folder/layout.ts'

export interface ArtifactTarget {
  readonly client: ObjectsClient
  /** `model.tar.gz` and `output.tar.gz` go below it. */
  readonly outputUri: string
  /** `model/…`, file by file, instead of `model.tar.gz`. */
  readonly uncompressedModel: boolean
  readonly note: (line: string) => void
}

/**
 * Stores what the program left, also when it failed. A folder without files makes no archive: Amazon's
 * containers say then that no model file will be saved to S3. Throws HostFailure; an object is there whole
 * or not at all.
 */
export async function storeArtifacts(layout: Layout, target: ArtifactTarget): Promise<void> {
  const { model, outputData } = layout
  if (target.uncompressedModel) await storeFiles(await foundOf(model, layout, target), 'model', target)
  else await storeFolder(await foundOf(model, layout, target), 'model.tar.gz', target)
  await storeFolder(await foundOf(outputData, layout, target), 'output.tar.gz', target)
}

/** The folder as it really is; undefined where the program has left none. */
async function foundOf(
  folder: string,
  { root }: Layout,
  { note }: ArtifactTarget,
): Promise<string | undefined> {
  const own = await ownFolder(root, folder)
  const [facts, left] = await Promise.all(
    [own ?? '', folder].map((path) => lstat(path).catch(() => undefined)),
  )
  if (facts?.isDirectory()) return own
  const place = join('/opt/ml', relative(root, folder))
  if (left !== undefined)
    note(`${place} ${own === undefined ? 'leads out of /opt/ml' : 'is no folder'}: nothing of it is stored`)
  return undefined
}

async function storeFolder(folder: string | undefined, name: string, target: ArtifactTarget): Promise<void> {
  if (folder === undefined) return
  const uri = joinS3Uri(target.outputUri, name)
  await orFailure(uri, async () => {
    const archive = await packDirectory(folder, (path) => target.note(leftOut(path, name)))
    if (archive !== undefined) await writeObject({ client: target.client, place: parseS3Uri(uri) }, archive)
  })
}

async function storeFiles(folder: string | undefined, name: string, target: ArtifactTarget): Promise<void> {
  if (folder === undefined) return
  const uri = joinS3Uri(target.outputUri, name)
  const { bucket, key } = parseS3Uri(uri)
  await orFailure(uri, () =>
    eachOf(
      looseFiles(folder, (path) => target.note(leftOut(path, name))),
      concurrency,
      (path) =>
        writeObject(
          { client: target.client, place: { bucket, key: `${key}/${path}` } },
          createReadStream(join(folder, path)),
        ),
    ),
  )
}

const concurrency = 4

const leftOut = (path: string, name: string): string =>
  `${path} is no file, a link that leads out, or a name that is no UTF-8: it is not part of ${name}`

async function orFailure(uri: string, store: () => Promise<void>): Promise<void> {
  try {
    await store()
  } catch (error) {
    const text = `Artifact upload failed:${uri}: ${messageOf(error)}`
    throw new HostFailure(isUsers(error) ? clientError(text) : internalServerError(text), { cause: error })
  }
}

/** What another try would not mend: a wrong place, a full disk, files that the program lets nobody read. */
function isUsers(error: unknown): boolean {
  if (error instanceof ApiError) return error.httpStatus < 500 || error.httpStatus === 507
  return hasCode(error, 'EACCES', 'EPERM')
}
