import { ApiError } from '@sagebrush/api'
import { clientError, HostFailure, internalServerError, messageOf } from '../failure-reason.ts'
import type { ObjectsClient } from '../objects/objects-client.ts'
import { packDirectory } from '../objects/pack.ts'
import { joinS3Uri, parseS3Uri } from '../objects/s3-uri.ts'
import { writeObject } from '../objects/write-object.ts'
import type { Layout } from './layout.ts'

export interface ArtifactTarget {
  readonly client: ObjectsClient
  /** `model.tar.gz` and `output.tar.gz` go below it. */
  readonly outputUri: string
  readonly note: (line: string) => void
}

/**
 * Stores what the program left, also when it failed. A folder without files makes no archive: Amazon's
 * containers say then that no model file will be saved to S3. Throws HostFailure; an archive is there whole
 * or not at all.
 */
export async function storeArtifacts(layout: Layout, target: ArtifactTarget): Promise<void> {
  await storeFolder(layout.model, 'model.tar.gz', target)
  await storeFolder(layout.outputData, 'output.tar.gz', target)
}

async function storeFolder(folder: string, name: string, target: ArtifactTarget): Promise<void> {
  const uri = joinS3Uri(target.outputUri, name)
  try {
    const archive = await packDirectory(folder, (path) =>
      target.note(`${path} is no file, or a link that leads out: it is not part of ${name}`),
    )
    if (archive !== undefined) await writeObject({ client: target.client, place: parseS3Uri(uri) }, archive)
  } catch (error) {
    const text = `Artifact upload failed:${uri}: ${messageOf(error)}`
    const users = error instanceof ApiError && error.httpStatus < 500
    throw new HostFailure(users ? clientError(text) : internalServerError(text), { cause: error })
  }
}
