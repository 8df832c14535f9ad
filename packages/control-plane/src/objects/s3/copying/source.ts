import { InvalidArgument } from '@sagebrush/api'
import { preconditionFailed } from '../../s3-refusals.ts'
import type { ObjectName } from '../../store/object-store.ts'
import { type ReadConditions, readOutcome, type Validators } from '../reading/conditions.ts'

/** The `x-amz-copy-source` header: `/bucket/a%20b?versionId=null`, with or without its first slash. Throws InvalidArgument. */
export function parseCopySource(header: string): ObjectName {
  const [, path = '', versionId] = /^(.*?)(?:\?versionId=(.*))?$/s.exec(header) ?? []
  const match = /^\/?([^/]+)\/(.+)$/s.exec(decoded(path) ?? '')
  if (match === null) throw invalidSource(header)
  requireNullVersion(versionId)
  return { bucket: match[1] ?? '', key: match[2] ?? '' }
}

/** Buckets have no versions here: all that there is is the version `null`. Throws InvalidArgument. */
export function requireNullVersion(versionId: string | undefined): void {
  if (versionId !== undefined && versionId !== 'null')
    throw InvalidArgument('Invalid version id specified', {
      details: { ArgumentName: 'versionId', ArgumentValue: versionId },
    })
}

/** Every condition on the source that does not hold is a failure. Throws PreconditionFailed. */
export function requireSource(conditions: ReadConditions, source: Validators): void {
  const outcome = readOutcome(conditions, source)
  if (outcome.outcome === 'failed') throw preconditionFailed(`x-amz-copy-source-${outcome.condition}`)
  if (outcome.outcome === 'not-modified')
    throw preconditionFailed(
      conditions.ifNoneMatch === undefined
        ? 'x-amz-copy-source-If-Modified-Since'
        : 'x-amz-copy-source-If-None-Match',
    )
}

/** Clients send it percent-encoded, or as it is. A `+` is a space, as in S3. */
function decoded(path: string): string | undefined {
  // Header text holds one byte per character.
  const bytes = Buffer.from(path, 'latin1').toString()
  try {
    return decodeURIComponent(bytes.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}

function invalidSource(header: string) {
  return InvalidArgument('Copy Source must mention the source bucket and key: sourcebucket/sourcekey', {
    details: { ArgumentName: 'x-amz-copy-source', ArgumentValue: header },
  })
}
