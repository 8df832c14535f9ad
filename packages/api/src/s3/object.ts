import { operation } from '../service.ts'
import {
  boolean,
  integer,
  list,
  map,
  optional,
  required,
  stream,
  string,
  structure,
  timestamp,
} from '../shape.ts'
import {
  BadDigest,
  IncompleteBody,
  InsufficientStorage,
  InvalidArgument,
  InvalidDigest,
  InvalidRange,
  InvalidRequest,
  KeyTooLongError,
  MalformedXML,
  NoSuchBucket,
  NoSuchKey,
  NotModified,
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
  contentHeaders,
  copySource,
  customerKey,
  encryptionGiven,
  header,
  objectAttributes,
  query,
  readConditions,
  writeConditions,
} from './members.ts'

const text = string()

export const PutObject = operation({
  name: 'PutObject',
  http: { method: 'PUT', path: '/{Bucket}/{Key+}' },
  input: structure({
    ...bucketAndKey,
    ...caller,
    ...bodyIntegrity,
    ...objectAttributes,
    ...writeConditions,
    WriteOffsetBytes: optional(integer(), { at: { header: 'x-amz-write-offset-bytes' } }),
    Body: optional(stream(), { at: { payload: true } }),
  }),
  output: structure({
    ...checksumsInHeaders,
    ...checksumTypeInHeader,
    ...encryptionGiven,
    ETag: header('ETag'),
    VersionId: header('x-amz-version-id'),
  }),
  errors: [
    BadDigest,
    IncompleteBody,
    InsufficientStorage,
    InvalidArgument,
    InvalidDigest,
    InvalidRequest,
    KeyTooLongError,
    NoSuchBucket,
    PreconditionFailed,
  ],
})

const readInput = {
  ...bucketAndKey,
  ...caller,
  ...readConditions,
  ...customerKey,
  Range: header('Range'),
  PartNumber: optional(integer(), { at: { query: 'partNumber' } }),
  VersionId: query('versionId'),
  ChecksumMode: header('x-amz-checksum-mode'),
  ResponseCacheControl: query('response-cache-control'),
  ResponseContentDisposition: query('response-content-disposition'),
  ResponseContentEncoding: query('response-content-encoding'),
  ResponseContentLanguage: query('response-content-language'),
  ResponseContentType: query('response-content-type'),
  ResponseExpires: optional(timestamp('http-date'), { at: { query: 'response-expires' } }),
}
const readOutput = {
  ...checksumsInHeaders,
  ...checksumTypeInHeader,
  ...contentHeaders,
  ...encryptionGiven,
  AcceptRanges: header('accept-ranges'),
  ContentLength: optional(integer(), { at: { header: 'Content-Length' } }),
  ContentRange: header('Content-Range'),
  ETag: header('ETag'),
  LastModified: optional(timestamp('http-date'), { at: { header: 'Last-Modified' } }),
  Metadata: optional(map(text), { at: { headers: 'x-amz-meta-' } }),
  PartsCount: optional(integer(), { at: { header: 'x-amz-mp-parts-count' } }),
  StorageClass: header('x-amz-storage-class'),
  TagCount: optional(integer(), { at: { header: 'x-amz-tagging-count' } }),
  VersionId: header('x-amz-version-id'),
  WebsiteRedirectLocation: header('x-amz-website-redirect-location'),
}
const readErrors = [InvalidArgument, InvalidRange, NoSuchBucket, NoSuchKey, NotModified, PreconditionFailed]

export const GetObject = operation({
  name: 'GetObject',
  http: { method: 'GET', path: '/{Bucket}/{Key+}' },
  input: structure(readInput),
  output: structure({ ...readOutput, Body: optional(stream(), { at: { payload: true } }) }),
  errors: readErrors,
})

export const HeadObject = operation({
  name: 'HeadObject',
  http: { method: 'HEAD', path: '/{Bucket}/{Key+}' },
  input: structure(readInput),
  output: structure(readOutput),
  errors: readErrors,
})

export const CopyObject = operation({
  name: 'CopyObject',
  http: { method: 'PUT', path: '/{Bucket}/{Key+}', header: 'x-amz-copy-source' },
  input: structure({
    ...bucketAndKey,
    ...caller,
    ...copySource,
    ...objectAttributes,
    ...writeConditions,
    ChecksumAlgorithm: header('x-amz-checksum-algorithm'),
    MetadataDirective: header('x-amz-metadata-directive'),
    TaggingDirective: header('x-amz-tagging-directive'),
  }),
  output: structure({
    ...encryptionGiven,
    VersionId: header('x-amz-version-id'),
    CopySourceVersionId: header('x-amz-copy-source-version-id'),
    CopyObjectResult: optional(
      structure({ ...checksumsInBody, ChecksumType: text, ETag: text, LastModified: timestamp() }),
      { at: { payload: true } },
    ),
  }),
  errors: [InvalidArgument, InvalidRequest, KeyTooLongError, NoSuchBucket, NoSuchKey, PreconditionFailed],
})

export const DeleteObject = operation({
  name: 'DeleteObject',
  http: { method: 'DELETE', path: '/{Bucket}/{Key+}', status: 204 },
  input: structure({
    ...bucketAndKey,
    ...caller,
    MFA: header('x-amz-mfa'),
    VersionId: query('versionId'),
    BypassGovernanceRetention: optional(boolean(), { at: { header: 'x-amz-bypass-governance-retention' } }),
    IfMatch: header('If-Match'),
    IfMatchLastModifiedTime: optional(timestamp('http-date'), {
      at: { header: 'x-amz-if-match-last-modified-time' },
    }),
    IfMatchSize: optional(integer(), { at: { header: 'x-amz-if-match-size' } }),
  }),
  output: structure({
    DeleteMarker: optional(boolean(), { at: { header: 'x-amz-delete-marker' } }),
    VersionId: header('x-amz-version-id'),
  }),
  errors: [InvalidArgument, NoSuchBucket, PreconditionFailed],
})

export const DeleteObjects = operation({
  name: 'DeleteObjects',
  http: { method: 'POST', path: '/{Bucket}?delete' },
  xmlName: 'DeleteResult',
  input: structure({
    ...bucket,
    ...caller,
    MFA: header('x-amz-mfa'),
    BypassGovernanceRetention: optional(boolean(), { at: { header: 'x-amz-bypass-governance-retention' } }),
    ChecksumAlgorithm: header('x-amz-sdk-checksum-algorithm'),
    Delete: required(
      structure({
        Objects: required(
          list(
            structure({
              Key: required(text),
              VersionId: text,
              ETag: text,
              LastModifiedTime: timestamp('http-date'),
              Size: integer(),
            }),
          ),
          {
            xml: { name: 'Object', flattened: true },
          },
        ),
        Quiet: boolean(),
      }),
      { at: { payload: true } },
    ),
  }),
  output: structure({
    Deleted: optional(
      list(structure({ Key: text, VersionId: text, DeleteMarker: boolean(), DeleteMarkerVersionId: text })),
      { xml: { flattened: true } },
    ),
    Errors: optional(list(structure({ Key: text, VersionId: text, Code: text, Message: text })), {
      xml: { name: 'Error', flattened: true },
    }),
  }),
  errors: [MalformedXML, NoSuchBucket],
})
