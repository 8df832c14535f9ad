import { operation } from '../service.ts'
import { list, required, string, structure } from '../shape.ts'
import { InvalidTag, MalformedXML, NoSuchBucket, NoSuchKey } from './errors.ts'
import { bucketAndKey, caller, header, query } from './members.ts'

const text = string()
const TagSet = required(list(structure({ Key: required(text), Value: required(text) }), { itemName: 'Tag' }))
const { RequestPayer, ...owner } = caller
const untagged = { ...bucketAndKey, ...owner, VersionId: query('versionId') }
const target = { ...untagged, RequestPayer }
const answer = { VersionId: header('x-amz-version-id') }

export const GetObjectTagging = operation({
  name: 'GetObjectTagging',
  http: { method: 'GET', path: '/{Bucket}/{Key+}?tagging' },
  xmlName: 'Tagging',
  input: structure(target),
  output: structure({ ...answer, TagSet }),
  errors: [NoSuchBucket, NoSuchKey],
})

export const PutObjectTagging = operation({
  name: 'PutObjectTagging',
  http: { method: 'PUT', path: '/{Bucket}/{Key+}?tagging' },
  input: structure({
    ...target,
    ContentMD5: header('Content-MD5'),
    ChecksumAlgorithm: header('x-amz-sdk-checksum-algorithm'),
    Tagging: required(structure({ TagSet }), { at: { payload: true } }),
  }),
  output: structure(answer),
  errors: [InvalidTag, MalformedXML, NoSuchBucket, NoSuchKey],
})

export const DeleteObjectTagging = operation({
  name: 'DeleteObjectTagging',
  http: { method: 'DELETE', path: '/{Bucket}/{Key+}?tagging', status: 204 },
  input: structure(untagged),
  output: structure(answer),
  errors: [NoSuchBucket, NoSuchKey],
})
