import { parseS3Uri } from '../../objects/s3-uri.ts'
import { ChannelError } from '../channel-error.ts'

/** The objects that a manifest names, in its order. */
export interface Manifest {
  /** `s3://bucket/p/`, before every entry. */
  readonly bucket: string
  readonly prefix: string
  readonly entries: readonly string[]
}

/**
 * Reads `[{"prefix": "s3://bucket/p/"}, "a", "b"]`. Throws ChannelError that names the manifest and what of it is wrong.
 * Source: SageMaker's S3DataSource, `ManifestFile`.
 */
export function parseManifest(text: string, uri: string): Manifest {
  const list = parseJson(text, uri)
  if (!Array.isArray(list)) throw invalid(uri, 'it is no list')
  const [head, ...entries] = list
  const prefix: unknown = isObject(head) ? head.prefix : undefined
  if (typeof prefix !== 'string') throw invalid(uri, 'its first element is no object with a prefix')
  for (const [index, entry] of entries.entries())
    if (typeof entry !== 'string') throw invalid(uri, `its element ${index + 1} is no text`)
  const place = /^s3:\/\/[^/]+/.test(prefix) ? parseS3Uri(prefix) : undefined
  if (place === undefined) throw invalid(uri, `its prefix ${JSON.stringify(prefix)} is no S3 URI`)
  return { bucket: place.bucket, prefix: place.key, entries }
}

function parseJson(text: string, uri: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const place = firstWrongByte(text)
    const where = place === undefined ? 'it ends too soon' : `it is not JSON at byte ${place}`
    throw new ChannelError(invalid(uri, where).message, { cause: error })
  }
}

/**
 * The byte that no JSON goes on with; undefined when only the end is missing. Node's error does not always tell it, but
 * the beginning of a good text differs from that of a bad one by its error.
 */
function firstWrongByte(text: string): number | undefined {
  if (!isWrong(text)) return undefined
  let [good, wrong] = [0, text.length]
  while (wrong - good > 1) {
    const middle = Math.floor((good + wrong) / 2)
    if (isWrong(text.slice(0, middle))) wrong = middle
    else good = middle
  }
  return Buffer.byteLength(text.slice(0, good))
}

function isWrong(text: string): boolean {
  try {
    JSON.parse(text)
    return false
  } catch (error) {
    const place = /at position (\d+)/.exec(String(error))
    return Number(place?.[1]) !== text.length && !/end of JSON|Unterminated/.test(String(error))
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(uri: string, reason: string): ChannelError {
  return new ChannelError(`the manifest ${uri} is invalid: ${reason}`)
}
