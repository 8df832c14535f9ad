import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, join, posix, relative, sep } from 'node:path'
import { parseS3Uri } from './s3-uri.ts'
import type { Session } from './session.ts'

/** Puts a file at `uri`. The bytes are streamed. */
export async function uploadFile(session: Session, path: string, uri: string): Promise<string> {
  const { bucket, key } = parseS3Uri(uri)
  const { size } = await stat(path)
  await session.s3.PutObject({ Bucket: bucket, Key: key, ContentLength: size, Body: createReadStream(path) })
  return uri
}

/**
 * Puts a file, or every file below a folder, under `s3://bucket/prefix`.
 * Resolves to the URI of the file, or of the prefix: what a channel of `fit()` takes.
 */
export async function uploadData(
  session: Session,
  path: string,
  options: { bucket?: string; keyPrefix?: string } = {},
): Promise<string> {
  const bucket = options.bucket ?? (await session.defaultBucket())
  const prefix = `s3://${posix.join(bucket, options.keyPrefix ?? 'data')}`
  if (!(await stat(path)).isDirectory()) return uploadFile(session, path, `${prefix}/${basename(path)}`)
  for (const entry of await readdir(path, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const file = join(entry.parentPath, entry.name)
    await uploadFile(session, file, `${prefix}/${relative(path, file).split(sep).join('/')}`)
  }
  return prefix
}
