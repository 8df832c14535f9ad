import { type Client, type ClientOptions, createClient, s3 } from '@sagebrush/api'

/** What the agent needs of S3. */
export type ObjectsClient = Pick<
  Client<typeof s3>,
  | 'ListObjectsV2'
  | 'GetObject'
  | 'PutObject'
  | 'DeleteObject'
  | 'CreateMultipartUpload'
  | 'UploadPart'
  | 'CompleteMultipartUpload'
  | 'AbortMultipartUpload'
>

/** One try for each call: `retrying` knows how long to wait. */
export function objectsClient(options: ClientOptions): ObjectsClient {
  return createClient(s3, { ...options, attempts: 1 })
}
