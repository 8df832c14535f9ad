import { operation } from '../service.ts'
import { boolean, integer, list, optional, string, structure, timestamp } from '../shape.ts'
import { Owner } from './bucket.ts'
import { InvalidArgument, NoSuchBucket } from './errors.ts'
import { bucket, caller, header, query } from './members.ts'

const text = string()

const listInput = {
  ...bucket,
  ...caller,
  Delimiter: query('delimiter'),
  EncodingType: query('encoding-type'),
  MaxKeys: optional(integer(), { at: { query: 'max-keys' } }),
  Prefix: query('prefix'),
  OptionalObjectAttributes: optional(list(text), { at: { header: 'x-amz-optional-object-attributes' } }),
}
const listedObject = {
  Key: text,
  LastModified: timestamp(),
  ETag: text,
  ChecksumAlgorithm: optional(list(text), { xml: { flattened: true } }),
  ChecksumType: text,
  Size: integer(),
  StorageClass: text,
  Owner,
} as const
const listOutput = {
  IsTruncated: boolean(),
  Name: text,
  Prefix: text,
  Delimiter: text,
  MaxKeys: integer(),
  CommonPrefixes: optional(list(structure({ Prefix: text })), { xml: { flattened: true } }),
  EncodingType: text,
} as const

export const ListObjects = operation({
  name: 'ListObjects',
  http: { method: 'GET', path: '/{Bucket}' },
  xmlName: 'ListBucketResult',
  input: structure({ ...listInput, Marker: query('marker') }),
  output: structure({
    ...listOutput,
    Marker: text,
    NextMarker: text,
    Contents: optional(list(structure(listedObject)), { xml: { flattened: true } }),
  }),
  errors: [InvalidArgument, NoSuchBucket],
})

export const ListObjectsV2 = operation({
  name: 'ListObjectsV2',
  http: { method: 'GET', path: '/{Bucket}?list-type=2' },
  xmlName: 'ListBucketResult',
  input: structure({
    ...listInput,
    ContinuationToken: query('continuation-token'),
    FetchOwner: optional(boolean(), { at: { query: 'fetch-owner' } }),
    StartAfter: query('start-after'),
    /** Ours, not AWS's: `1` asks for `SagebrushLocalPath`. */
    SagebrushLocalPaths: header('x-sagebrush-local-paths'),
  }),
  output: structure({
    ...listOutput,
    KeyCount: integer(),
    ContinuationToken: text,
    NextContinuationToken: text,
    StartAfter: text,
    Contents: optional(
      list(
        structure({
          ...listedObject,
          /** Ours, not AWS's: absolute path of the object's bytes on the server's machine. To be read, never written. */
          SagebrushLocalPath: text,
        }),
      ),
      { xml: { flattened: true } },
    ),
  }),
  errors: [InvalidArgument, NoSuchBucket],
})
