import { parseS3Uri } from '../../objects/s3-uri.ts'
import { ChannelError } from '../channel-error.ts'

/** What one attribute of one line stands for: an object's bytes, or its own text. */
export type Attribute =
  | { readonly kind: 'reference'; readonly bucket: string; readonly key: string }
  | { readonly kind: 'text'; readonly text: string }

/**
 * Lines of JSON objects; of each, the wanted attributes in the wanted order. An attribute whose name ends in `-ref` names
 * an object. Texts are themselves, other values their JSON. Empty lines are nothing.
 * Throws ChannelError that names the manifest and the byte where the line begins.
 * Source: SageMaker's S3DataSource, `AugmentedManifestFile`.
 *
 *   {"source-ref": "s3://bucket/a.jpg", "class": 3}
 */
export function parseAugmentedManifest(
  text: string,
  { uri, attributes }: { readonly uri: string; readonly attributes: readonly string[] },
): Attribute[][] {
  const lines: Attribute[][] = []
  let offset = 0
  for (const line of text.split('\n')) {
    const place = `${uri} at byte ${offset}`
    if (line.trim() !== '') lines.push(parseLine(line, attributes, place))
    offset += Buffer.byteLength(line) + 1
  }
  return lines
}

function parseLine(line: string, attributes: readonly string[], place: string): Attribute[] {
  const values = parseJson(line, place)
  return attributes.map((name) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    if (value === undefined) throw invalid(place, `it has no attribute ${JSON.stringify(name)}`)
    if (name.endsWith('-ref')) return reference(value, name, place)
    return { kind: 'text', text: typeof value === 'string' ? value : JSON.stringify(value) }
  })
}

function reference(value: unknown, name: string, place: string): Attribute {
  if (typeof value !== 'string' || !/^s3:\/\/[^/]+\/./.test(value))
    throw invalid(place, `its attribute ${JSON.stringify(name)} is no S3 URI of an object`)
  return { kind: 'reference', ...parseS3Uri(value) }
}

function parseJson(line: string, place: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>
  } catch {
    // Told below, as for JSON that is no object.
  }
  throw invalid(place, 'it is no JSON object')
}

function invalid(place: string, reason: string): ChannelError {
  return new ChannelError(`the line of the augmented manifest ${place} is invalid: ${reason}`)
}
