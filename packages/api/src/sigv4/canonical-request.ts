import { createHash } from 'node:crypto'

/** What stands in for the payload's hash when its bytes are not part of the signature. */
export const unsignedPayload = 'UNSIGNED-PAYLOAD'
export const emptyPayloadSha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

export interface CanonicalParts {
  readonly method: string
  /** Already in canonical form, as `canonicalPath` makes it. */
  readonly path: string
  /** Already in canonical form, as `canonicalQuery` makes it. */
  readonly query: string
  readonly headers: Headers
  /** Lower case, sorted. */
  readonly signedHeaders: readonly string[]
  /** Hexadecimal SHA-256 of the body, or one of the words that stand in for it. */
  readonly payloadHash: string
}

/**
 * The text whose hash is signed. Source: AWS IAM User Guide, "Create a signed AWS API request", step 1.
 *
 *     GET
 *     /bucket/a%20b
 *     list-type=2&prefix=x%2F
 *     host:127.0.0.1:8400
 *     x-amz-date:20261121T100000Z
 *
 *     host;x-amz-date
 *     UNSIGNED-PAYLOAD
 */
export function canonicalRequest(parts: CanonicalParts): string {
  const { method, path, query, headers, signedHeaders, payloadHash } = parts
  let lines = ''
  for (const name of signedHeaders) lines += `${name}:${canonicalHeaderValue(headers.get(name) ?? '')}\n`
  return `${method}\n${path}\n${query}\n${lines}\n${signedHeaders.join(';')}\n${payloadHash}`
}

/** Header values and raw targets hold one byte per character, so Latin-1 gives back the bytes that were sent. */
export function sha256Hex(text: string): string {
  return createHash('sha256').update(text, 'latin1').digest('hex')
}

/** S3 signs the path as it is; every other service removes dot segments and encodes once more. */
export function canonicalPath(rawPath: string, service: string): string {
  if (service === 's3') return encodeOnce(rawPath, '/')
  return removeDotSegments(rawPath).replace(/[^A-Za-z0-9\-._~/]/g, percentEncode)
}

/** `b=2&a=%7e` → `a=~&b=2`. A `+` stands for a space, as in forms. */
export function canonicalQuery(rawQuery: string, leaveOut?: string): string {
  if (rawQuery === '') return ''
  const pairs: (readonly [string, string])[] = []
  for (const part of rawQuery.split('&')) {
    if (part === '') continue
    const equals = part.indexOf('=')
    const name = encodeOnce(equals < 0 ? part : part.slice(0, equals), '', '%20')
    const value = equals < 0 ? '' : encodeOnce(part.slice(equals + 1), '', '%20')
    if (name !== leaveOut) pairs.push([name, value])
  }
  pairs.sort(([nameA, valueA], [nameB, valueB]) => compare(nameA, nameB) || compare(valueA, valueB))
  return pairs.map(([name, value]) => `${name}=${value}`).join('&')
}

function canonicalHeaderValue(value: string): string {
  return value.trim().replace(/\s+/g, ' ')
}

/** Keeps `%2F` an encoded slash and `/` a plain one, whoever encoded too much or too little. */
function encodeOnce(raw: string, plain: '/' | '', plus = '%2B'): string {
  return raw.replace(/%[0-9A-Fa-f]{2}|[^A-Za-z0-9\-._~]/g, (match) => {
    if (match.length === 1) return match === plain ? match : match === '+' ? plus : percentEncode(match)
    const character = String.fromCharCode(Number.parseInt(match.slice(1), 16))
    return /[A-Za-z0-9\-._~]/.test(character) ? character : match.toUpperCase()
  })
}

function percentEncode(character: string): string {
  return Buffer.from(character, 'latin1').reduce(
    (text, byte) => `${text}%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
    '',
  )
}

function removeDotSegments(path: string): string {
  const kept: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop()
    else if (segment !== '' && segment !== '.') kept.push(segment)
  }
  const end = kept.length > 0 && path.endsWith('/') ? '/' : ''
  return `/${kept.join('/')}${end}`
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
