import { ApiError, type InputOf, NoSuchUpload, type s3 } from '@sagebrush/api'
import type { StoredObject, WriteCondition } from '../../store/object-store.ts'
import type { Assembly, Part, Upload } from '../../store/upload-store.ts'
import { requireCondition } from '../../store/write-condition.ts'
import { requireUpload, type S3Options } from '../access.ts'
import { writeConditionAsked } from '../writing/condition.ts'
import { completionOf } from './rules.ts'

type CompleteInput = InputOf<typeof s3, 'CompleteMultipartUpload'>

/** A client that lost the answer asks again: it gets the same, as long as the object is still that of its upload. */
export async function completeUpload(options: S3Options, input: CompleteInput): Promise<StoredObject> {
  const { objects, uploads } = options.store
  const name = { bucket: input.Bucket, key: input.Key }
  try {
    const upload = await requireUpload(options, input)
    const onlyIf = writeConditionAsked(input)
    if (onlyIf !== undefined) requireCondition(onlyIf, await objects.head(name), input.Key)
    return await uploads.complete(upload.id, (there) =>
      assembly(upload, there, { input, onlyIf, modifiedAt: options.clock() }),
    )
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== NoSuchUpload.code) throw error
    const now = await objects.head(name)
    if (now?.attributes.parts?.uploadId === input.UploadId) return now
    throw error
  }
}

interface Asked {
  readonly input: CompleteInput
  readonly onlyIf: WriteCondition | undefined
  readonly modifiedAt: Date
}

function assembly(upload: Upload, there: readonly Part[], { input, onlyIf, modifiedAt }: Asked): Assembly {
  const { parts, etag, checksum } = completionOf(upload, there, input)
  const attributes = {
    ...upload.attributes,
    ...(checksum && { checksum }),
    parts: { uploadId: upload.id, sizes: parts.map((part) => part.sizeBytes) },
  }
  return { numbers: parts.map((part) => part.number), object: { etag, modifiedAt, attributes, onlyIf } }
}
