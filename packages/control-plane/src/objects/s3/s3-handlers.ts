import type { Handlers, s3 } from '@sagebrush/api'
import type { RequestContext } from '../../context.ts'
import type { S3Options } from './access.ts'
import { bucketHandlers } from './bucket-handlers.ts'
import { copyHandlers } from './copy-handlers.ts'
import { listHandlers } from './list-handlers.ts'
import { multipartHandlers } from './multipart-handlers.ts'
import { readHandlers } from './read-handlers.ts'
import { taggingHandlers } from './tagging-handlers.ts'
import { uploadListingHandlers } from './upload-listing-handlers.ts'
import { writeHandlers } from './write-handlers.ts'

/** S3's rules over a store. */
export function s3Handlers(options: S3Options): Handlers<typeof s3, RequestContext> {
  return {
    ...bucketHandlers(options),
    ...readHandlers(options),
    ...writeHandlers(options),
    ...copyHandlers(options),
    ...taggingHandlers(options),
    ...listHandlers(options),
    ...multipartHandlers(options),
    ...uploadListingHandlers(options),
  }
}
