export interface ObjectPlace {
  readonly bucket: string
  /** A key, or a prefix of keys; may be empty. */
  readonly key: string
}

/** `s3://bucket/a/b` → bucket `bucket`, key `a/b`. Throws SyntaxError. */
export function parseS3Uri(uri: string): ObjectPlace {
  const match = /^s3:\/\/([^/]+)(?:\/(.*))?$/s.exec(uri)
  if (match?.[1] === undefined) throw new SyntaxError(`${JSON.stringify(uri)} is no S3 URI`)
  return { bucket: match[1], key: match[2] ?? '' }
}

/** `s3://bucket/a/` and `model.tar.gz` → `s3://bucket/a/model.tar.gz`. */
export function joinS3Uri(uri: string, name: string): string {
  return `${uri.replace(/\/+$/, '')}/${name}`
}
