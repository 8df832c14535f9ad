import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { HostFailure, messageOf } from '../../failure-reason.ts'
import type { Host } from '../../host/host.ts'
import { hostFiles } from '../../host/host-files.ts'
import { listObjects, readObject } from '../../objects/read-objects.ts'

/**
 * Handlers for all models of an endpoint, which its model's variables tell the place of: the files that lie right below
 * the prefix come to lie in `code/`. Throws HostFailure.
 * Source: SageMaker TensorFlow Serving container, `SAGEMAKER_MULTI_MODEL_UNIVERSAL_BUCKET` and `…_PREFIX`.
 */
export async function bringUniversalCode(
  environment: Readonly<Record<string, string>>,
  { config, objects: client, stop: signal }: Host,
): Promise<void> {
  const bucket = environment.SAGEMAKER_MULTI_MODEL_UNIVERSAL_BUCKET
  const prefix = environment.SAGEMAKER_MULTI_MODEL_UNIVERSAL_PREFIX
  if (!bucket || !prefix) return
  const folder = `${prefix.replace(/\/+$/, '')}/`
  const directory = join(config.directory, hostFiles.ml, 'code')
  await mkdir(directory, { recursive: true })
  try {
    for await (const object of listObjects(client, { bucket, key: folder }, signal)) {
      const name = object.key.slice(folder.length)
      if (name === '' || name !== posix.basename(name)) continue
      await readObject(
        { client, bucket, object },
        (bytes) => pipeline(bytes, createWriteStream(join(directory, name))),
        signal,
      )
    }
  } catch (error) {
    signal.throwIfAborted()
    throw new HostFailure(`The handlers at s3://${bucket}/${folder} cannot be used: ${messageOf(error)}`, {
      cause: error,
    })
  }
}
