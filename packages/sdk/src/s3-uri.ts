export interface S3Location {
  readonly bucket: string
  readonly key: string
}

/** `s3://bucket/a/b` → `{ bucket, key: 'a/b' }`. Throws TypeError for anything else. */
export function parseS3Uri(uri: string): S3Location {
  const match = /^s3:\/\/([^/]+)\/?(.*)$/s.exec(uri)
  if (!match?.[1]) throw new TypeError(`not an S3 URI: ${uri}`)
  return { bucket: match[1], key: match[2] ?? '' }
}
