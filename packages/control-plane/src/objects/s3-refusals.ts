import {
  type ApiError,
  NoSuchBucket,
  NoSuchKey,
  NoSuchUpload,
  NotImplemented,
  PreconditionFailed,
} from '@sagebrush/api'

// Refusals that several places give, in S3's words.

export function noSuchBucket(name: string): ApiError {
  return NoSuchBucket('The specified bucket does not exist', { details: { BucketName: name } })
}

export function noSuchKey(key: string): ApiError {
  return NoSuchKey('The specified key does not exist.', { details: { Key: key } })
}

export function noSuchUpload(id: string): ApiError {
  return NoSuchUpload(
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
    { details: { UploadId: id } },
  )
}

export function preconditionFailed(condition: string): ApiError {
  return PreconditionFailed('At least one of the pre-conditions you specified did not hold', {
    details: { Condition: condition },
  })
}

export function headerNotImplemented(header: string): ApiError {
  return NotImplemented('A header you provided implies functionality that is not implemented', {
    details: { Header: header },
  })
}
