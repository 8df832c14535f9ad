import { createReadStream } from 'node:fs'
import { copyFile, cp, mkdir, rm, stat } from 'node:fs/promises'
import { basename, join, relative, resolve } from 'node:path'
import { ApiError } from '@sagebrush/api'
import { algorithmError, HostFailure, messageOf } from '../../../failure-reason.ts'
import { ArchiveError, unpack } from '../../../objects/archives/unpack.ts'
import type { ObjectsClient } from '../../../objects/objects-client.ts'
import { findObject, readObject } from '../../../objects/read-objects.ts'
import { parseS3Uri } from '../../../objects/s3-uri.ts'
import type { Layout } from '../../ml-folder/layout.ts'

const GiB = 2 ** 30
/** Generous for code, small beside a disk. */
const limits = { bytes: 16 * GiB, entries: 1_000_000 }

/**
 * Brings the user's code into `layout.code`. `directory` is an S3 URI of an archive, or an archive, a folder or a
 * single script below /opt/ml, as jobs without a network have it, for which there is no client. Throws HostFailure.
 */
export async function fetchSourceCode(
  directory: string,
  { client, layout, signal }: { client: ObjectsClient | undefined; layout: Layout; signal: AbortSignal },
): Promise<void> {
  try {
    if (directory.startsWith('s3://')) {
      if (client === undefined) throw new ArchiveError(noNetwork)
      await fromBucket(directory, { client, layout, signal })
    } else await fromDisk(directory, layout)
  } catch (error) {
    signal.throwIfAborted()
    throw isUsersFault(error) ? sourceFailure(directory, error) : error
  }
}

const noNetwork =
  'EnableNetworkIsolation keeps the job from S3; bring the code as a channel and name its place below /opt/ml/input/data'

async function fromBucket(
  uri: string,
  { client, layout, signal }: { client: ObjectsClient; layout: Layout; signal: AbortSignal },
): Promise<void> {
  const place = parseS3Uri(uri)
  const object = await findObject(client, place, signal)
  if (object === undefined) throw new ArchiveError('there is no such object')
  await readObject(
    { client, bucket: place.bucket, object },
    async (bytes) => {
      await empty(layout.code)
      await unpack(bytes, layout.code, limits)
    },
    signal,
  )
}

async function fromDisk(path: string, layout: Layout): Promise<void> {
  const inside = relative('/opt/ml', path)
  if (inside.startsWith('..')) throw new ArchiveError('it is neither an S3 URI nor a path below /opt/ml')
  const source = resolve(layout.root, inside)
  const facts = await stat(source).catch(() => undefined)
  if (facts === undefined) throw new ArchiveError('there is no such file')
  if (source === layout.code) return
  if (facts.isDirectory()) await cp(source, layout.code, { recursive: true })
  else if (isScript(source)) await copyFile(source, join(layout.code, basename(source)))
  else await unpack(createReadStream(source), layout.code, limits)
}

/** The toolkit looks inside; a name is enough to tell, and an archive that is broken is still called one. */
const isScript = (path: string): boolean => /\.(py|sh)$/.test(path)

async function empty(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true })
  await mkdir(directory, { recursive: true })
}

function isUsersFault(error: unknown): boolean {
  return (
    error instanceof ArchiveError ||
    error instanceof SyntaxError ||
    (error instanceof ApiError && error.httpStatus < 500)
  )
}

function sourceFailure(directory: string, error: unknown): HostFailure {
  const text = `framework error: \nthe source code ${directory} cannot be used: ${messageOf(error)}`
  return new HostFailure(algorithmError(text), { cause: error })
}

export async function isFile(path: string): Promise<boolean> {
  const facts = await stat(path).catch(() => undefined)
  return facts?.isFile() === true
}
