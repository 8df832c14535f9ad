import { operation } from '../service.ts'
import { boolean, integer, list, optional, required, stream, string, structure, timestamp } from '../shape.ts'
import { Owner } from './bucket.ts'
import {
  BadDigest,
  EntityTooSmall,
  InsufficientStorage,
  InvalidArgument,
  InvalidPart,
  InvalidPartOrder,
  InvalidRequest,
  MalformedXML,
  NoSuchBucket,
  NoSuchKey,
  NoSuchUpload,
  PreconditionFailed,
} from './errors.ts'
import {
  bodyIntegrity,
  bucket,
  bucketAndKey,
  caller,
  checksumsInBody,
  checksumsInHeaders,
  checksumTypeInHeader,
  copySource,
  customerKey,
  encryptionGiven,
  header,
  objectAttributes,
  query,
  writeConditions,
} from './members.ts'

const text = string()
const ofUpload = { UploadId: required(text, { at: { query: 'uploadId' } }) }
const ofPart = { ...ofUpload, PartNumber: required(integer(), { at: { query: 'partNumber' } }) }

export const CreateMultipartUpload = operation({
  name: 'CreateMultipartUpload',
  http: { method: 'POST', path: '/{Bucket}/{Key+}?uploads' },
  xmlName: 'InitiateMultipartUploadResult',
  input: structure({
    ...bucketAndKey,
    ...caller,
    ...objectAttributes,
    ...checksumTypeInHeader,
    ChecksumAlgorithm: header('x-amz-checksum-algorithm'),
  }),
  output: structure({
    ...encryptionGiven,
    ...checksumTypeInHeader,
    ChecksumAlgorithm: header('x-amz-checksum-algorithm'),
    Bucket: text,
    Key: text,
    UploadId: text,
  }),
  errors: [InvalidArgument, InvalidRequest, NoSuchBucket],
})

export const UploadPart = operation({
  name: 'UploadPart',
  http: { method: 'PUT', path: '/{Bucket}/{Key+}?partNumber&uploadId' },
  input: structure({
    ...bucketAndKey,
    ...caller,
    ...bodyIntegrity,
    ...customerKey,
    ...ofPart,
    Body: optional(stream(), { at: { payload: true } }),
  }),
  output: structure({ ...checksumsInHeaders, ...encryptionGiven, ETag: header('ETag') }),
  errors: [BadDigest, InsufficientStorage, InvalidArgument, NoSuchBucket, NoSuchUpload],
})

export const UploadPartCopy = operation({
  name: 'UploadPartCopy',
  http: { method: 'PUT', path: '/{Bucket}/{Key+}?partNumber&uploadId', header: 'x-amz-copy-source' },
  input: structure({
    ...bucketAndKey,
    ...caller,
    ...copySource,
    ...customerKey,
    ...ofPart,
    CopySourceRange: header('x-amz-copy-source-range'),
  }),
  output: structure({
    ...encryptionGiven,
    CopySourceVersionId: header('x-amz-copy-source-version-id'),
    CopyPartResult: optional(structure({ ...checksumsInBody, ETag: text, LastModified: timestamp() }), {
      at: { payload: true },
    }),
  }),
  errors: [InvalidArgument, InvalidRequest, NoSuchBucket, NoSuchKey, NoSuchUpload, PreconditionFailed],
})

export const CompleteMultipartUpload = operation({
  name: 'CompleteMultipartUpload',
  http: { method: 'POST', path: '/{Bucket}/{Key+}?uploadId' },
  input: structure({
    ...bucketAndKey,
    ...caller,
    ...checksumsInHeaders,
    ...checksumTypeInHeader,
    ...customerKey,
    ...ofUpload,
    ...writeConditions,
    MpuObjectSize: optional(integer(), { at: { header: 'x-amz-mp-object-size' } }),
    MultipartUpload: optional(
      structure({
        Parts: optional(list(structure({ ...checksumsInBody, ETag: text, PartNumber: integer() })), {
          xml: { name: 'Part', flattened: true },
        }),
      }),
      { at: { payload: true }, xml: { name: 'CompleteMultipartUpload' } },
    ),
  }),
  output: structure({
    ...checksumsInBody,
    ...encryptionGiven,
    ChecksumType: text,
    Location: text,
    Bucket: text,
    Key: text,
    ETag: text,
    VersionId: header('x-amz-version-id'),
  }),
  errors: [
    BadDigest,
    EntityTooSmall,
    InsufficientStorage,
    InvalidPart,
    InvalidPartOrder,
    InvalidRequest,
    MalformedXML,
    NoSuchBucket,
    NoSuchUpload,
    PreconditionFailed,
  ],
})

export const AbortMultipartUpload = operation({
  name: 'AbortMultipartUpload',
  http: { method: 'DELETE', path: '/{Bucket}/{Key+}?uploadId', status: 204 },
  input: structure({
    ...bucketAndKey,
    ...caller,
    ...ofUpload,
    IfMatchInitiatedTime: optional(timestamp('http-date'), {
      at: { header: 'x-amz-if-match-initiated-time' },
    }),
  }),
  output: structure({}),
  errors: [NoSuchBucket, NoSuchUpload],
})

export const ListParts = operation({
  name: 'ListParts',
  http: { method: 'GET', path: '/{Bucket}/{Key+}?uploadId' },
  input: structure({
    ...bucketAndKey,
    ...caller,
    ...customerKey,
    ...ofUpload,
    MaxParts: optional(integer(), { at: { query: 'max-parts' } }),
    PartNumberMarker: optional(integer(), { at: { query: 'part-number-marker' } }),
  }),
  output: structure({
    Bucket: text,
    Key: text,
    UploadId: text,
    PartNumberMarker: integer(),
    NextPartNumberMarker: integer(),
    MaxParts: integer(),
    IsTruncated: boolean(),
    Parts: optional(
      list(
        structure({
          ...checksumsInBody,
          PartNumber: integer(),
          LastModified: timestamp(),
          ETag: text,
          Size: integer(),
        }),
      ),
      { xml: { name: 'Part', flattened: true } },
    ),
    Initiator: Owner,
    Owner,
    StorageClass: text,
    ChecksumAlgorithm: text,
    ChecksumType: text,
  }),
  errors: [InvalidArgument, NoSuchBucket, NoSuchUpload],
})

export const ListMultipartUploads = operation({
  name: 'ListMultipartUploads',
  http: { method: 'GET', path: '/{Bucket}?uploads' },
  input: structure({
    ...bucket,
    ...caller,
    Delimiter: query('delimiter'),
    EncodingType: query('encoding-type'),
    KeyMarker: query('key-marker'),
    MaxUploads: optional(integer(), { at: { query: 'max-uploads' } }),
    Prefix: query('prefix'),
    UploadIdMarker: query('upload-id-marker'),
  }),
  output: structure({
    Bucket: text,
    KeyMarker: text,
    UploadIdMarker: text,
    NextKeyMarker: text,
    NextUploadIdMarker: text,
    Prefix: text,
    Delimiter: text,
    MaxUploads: integer(),
    IsTruncated: boolean(),
    Uploads: optional(
      list(
        structure({
          UploadId: text,
          Key: text,
          Initiated: timestamp(),
          StorageClass: text,
          Owner,
          Initiator: Owner,
          ChecksumAlgorithm: text,
          ChecksumType: text,
        }),
      ),
      { xml: { name: 'Upload', flattened: true } },
    ),
    CommonPrefixes: optional(list(structure({ Prefix: text })), { xml: { flattened: true } }),
    EncodingType: text,
  }),
  errors: [InvalidArgument, NoSuchBucket],
})
