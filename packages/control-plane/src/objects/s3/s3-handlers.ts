import type { Handlers, s3 } from '@sagebrush/api'
import type { RequestContext } from '../../context.ts'
import type { S3Options } from './access.ts'
import { bucketHandlers } from './buckets/handlers.ts'
import { copyHandlers } from './copying/handlers.ts'
import { listHandlers } from './listing/handlers.ts'
import { multipartHandlers } from './multipart/handlers.ts'
import { uploadListingHandlers } from './multipart/listing-handlers.ts'
import { readHandlers } from './reading/handlers.ts'
import { taggingHandlers } from './tags/handlers.ts'
import { writeHandlers } from './writing/handlers.ts'

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
