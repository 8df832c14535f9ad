import { InvalidBucketName, KeyTooLongError } from '@sagebrush/api'

/** Throws InvalidBucketName. Source: Amazon S3 User Guide, "General purpose bucket naming rules". */
export function requireBucketName(name: string): void {
  const isValid =
    /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name) &&
    !/\.\.|^\d+\.\d+\.\d+\.\d+$|^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/.test(
      name,
    )
  if (!isValid)
    throw InvalidBucketName('The specified bucket is not valid.', { details: { BucketName: name } })
}

const keyLimitBytes = 1024

/** Throws KeyTooLongError. */
export function requireKey(key: string): void {
  const sizeBytes = Buffer.byteLength(key)
  if (sizeBytes > keyLimitBytes)
    throw KeyTooLongError('Your key is too long', {
      details: { Size: sizeBytes, MaxSizeAllowed: keyLimitBytes },
    })
}
