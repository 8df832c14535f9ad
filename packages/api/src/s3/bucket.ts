import { operation } from '../service.ts'
import { boolean, integer, list, oneOf, optional, required, string, structure, timestamp } from '../shape.ts'
import {
  BucketAlreadyOwnedByYou,
  BucketNotEmpty,
  IllegalLocationConstraintException,
  InvalidArgument,
  InvalidBucketName,
  NoSuchBucket,
} from './errors.ts'
import { bucket, header, query } from './members.ts'

const text = string()
export const Owner = structure({ DisplayName: text, ID: text })
const owned = { ...bucket, ExpectedBucketOwner: header('x-amz-expected-bucket-owner') }
const nothing = structure({})

export const ListBuckets = operation({
  name: 'ListBuckets',
  http: { method: 'GET', path: '/' },
  xmlName: 'ListAllMyBucketsResult',
  input: structure({
    MaxBuckets: optional(integer(), { at: { query: 'max-buckets' } }),
    ContinuationToken: query('continuation-token'),
    Prefix: query('prefix'),
    BucketRegion: query('bucket-region'),
  }),
  output: structure({
    Owner,
    Buckets: list(structure({ Name: text, CreationDate: timestamp(), BucketRegion: text, BucketArn: text }), {
      itemName: 'Bucket',
    }),
    ContinuationToken: text,
    Prefix: text,
  }),
  errors: [InvalidArgument],
})

export const CreateBucket = operation({
  name: 'CreateBucket',
  http: { method: 'PUT', path: '/{Bucket}' },
  input: structure({
    ...bucket,
    ACL: header('x-amz-acl'),
    GrantFullControl: header('x-amz-grant-full-control'),
    GrantRead: header('x-amz-grant-read'),
    GrantReadACP: header('x-amz-grant-read-acp'),
    GrantWrite: header('x-amz-grant-write'),
    GrantWriteACP: header('x-amz-grant-write-acp'),
    ObjectLockEnabledForBucket: optional(boolean(), { at: { header: 'x-amz-bucket-object-lock-enabled' } }),
    ObjectOwnership: header('x-amz-object-ownership'),
    CreateBucketConfiguration: optional(
      structure({
        LocationConstraint: text,
        Tags: list(structure({ Key: required(text), Value: required(text) }), { itemName: 'Tag' }),
      }),
      { at: { payload: true } },
    ),
  }),
  output: structure({ Location: header('Location'), BucketArn: header('x-amz-bucket-arn') }),
  errors: [BucketAlreadyOwnedByYou, IllegalLocationConstraintException, InvalidBucketName],
})

export const HeadBucket = operation({
  name: 'HeadBucket',
  http: { method: 'HEAD', path: '/{Bucket}' },
  input: structure(owned),
  output: structure({
    BucketArn: header('x-amz-bucket-arn'),
    BucketRegion: header('x-amz-bucket-region'),
    AccessPointAlias: optional(boolean(), { at: { header: 'x-amz-access-point-alias' } }),
  }),
  errors: [NoSuchBucket],
})

export const DeleteBucket = operation({
  name: 'DeleteBucket',
  http: { method: 'DELETE', path: '/{Bucket}', status: 204 },
  input: structure(owned),
  output: nothing,
  errors: [BucketNotEmpty, NoSuchBucket],
})

/** The answer's root element is the value itself; see `s3Protocol`. */
export const GetBucketLocation = operation({
  name: 'GetBucketLocation',
  http: { method: 'GET', path: '/{Bucket}?location' },
  xmlName: 'LocationConstraint',
  input: structure(owned),
  output: structure({ LocationConstraint: text }),
  errors: [NoSuchBucket],
})

export const GetBucketVersioning = operation({
  name: 'GetBucketVersioning',
  http: { method: 'GET', path: '/{Bucket}?versioning' },
  xmlName: 'VersioningConfiguration',
  input: structure(owned),
  output: structure({
    Status: oneOf('Enabled', 'Suspended'),
    MFADelete: optional(oneOf('Enabled', 'Disabled'), { xml: { name: 'MfaDelete' } }),
  }),
  errors: [NoSuchBucket],
})
