import { createHmac } from 'node:crypto'
import { type HttpRequest, splitTarget } from '../http.ts'
import type { ClaimV2 } from './claim.ts'
import type { Refusal } from './refusal.ts'
import { sameSignature } from './signature.ts'
import { expiredLink } from './verify-signature.ts'

/** Pure. Undefined when the presigned Version 2 URL is right and still good. */
export function refuseVersion2(
  request: HttpRequest,
  claim: ClaimV2,
  facts: { readonly secretAccessKey: string; readonly now: Date },
): Refusal | undefined {
  if (facts.now.getTime() > claim.expires.getTime()) return expiredLink(claim.expires, facts.now)
  const { path } = splitTarget(request.target)
  const text = stringToSignVersion2(request, claim, path)
  // Of a bucket alone, some sign the name with a slash behind it.
  const texts = /^\/[^/]+$/.test(path) ? [text, stringToSignVersion2(request, claim, `${path}/`)] : [text]
  const signatures = texts.map((each) => hmacSha1(facts.secretAccessKey, each))
  if (signatures.some((signature) => sameSignature(signature, claim.signature))) return undefined
  return {
    refused: 'wrong-signature',
    details: { AWSAccessKeyId: claim.accessKeyId, StringToSign: text, SignatureProvided: claim.signature },
  }
}

function hmacSha1(secretAccessKey: string, text: string): string {
  return createHmac('sha1', secretAccessKey).update(text, 'latin1').digest('base64')
}

/**
 * Source: Amazon S3 Developer Guide, "Signing and authenticating REST requests (Signature Version 2)".
 *
 *     GET
 *     <content-md5>
 *     <content-type>
 *     1795175670
 *     x-amz-meta-a:1
 *     /bucket/a%20key?response-content-type=text/plain&versionId=3
 */
function stringToSignVersion2(request: HttpRequest, claim: ClaimV2, path: string): string {
  const { headers, method, target } = request
  const parameters = parseQuery(splitTarget(target).query)
  const lines = [
    method,
    headers.get('content-md5') ?? '',
    headers.get('content-type') ?? '',
    String(claim.expires.getTime() / 1000),
    ...amzHeaders(headers, parameters),
  ]
  const resource = parameters
    .filter(([name]) => subresources.has(name))
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => (value === undefined ? name : `${name}=${value}`))
    .join('&')
  return `${lines.join('\n')}\n${path}${resource === '' ? '' : `?${resource}`}`
}

/** A link carries in its query what the signer gave as headers. */
function amzHeaders(headers: Headers, parameters: readonly Parameter[]): readonly string[] {
  const values = new Map<string, string>()
  for (const [name, value = ''] of parameters) if (name.startsWith('x-amz-')) values.set(name, value)
  for (const [name, value] of headers) if (name.startsWith('x-amz-')) values.set(name, value.trim())
  return [...values.keys()].sort().map((name) => `${name}:${values.get(name)}`)
}

type Parameter = readonly [name: string, value: string | undefined]

/** Values as UTF-8 bytes, one per character, like everything that is signed. */
function parseQuery(query: string): readonly Parameter[] {
  return query.split('&').map((part) => {
    const equals = part.indexOf('=')
    return equals < 0 ? [part, undefined] : [part.slice(0, equals), unquote(part.slice(equals + 1))]
  })
}

function unquote(text: string): string {
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

/** The query names that are part of the resource signed. Source: as above, and botocore's `HmacV1Auth`. */
const subresources = new Set([
  'accelerate',
  'acl',
  'analytics',
  'cors',
  'defaultObjectAcl',
  'delete',
  'inventory',
  'lifecycle',
  'location',
  'logging',
  'metrics',
  'notification',
  'object-lock',
  'partNumber',
  'policy',
  'replication',
  'requestPayment',
  'response-cache-control',
  'response-content-disposition',
  'response-content-encoding',
  'response-content-language',
  'response-content-type',
  'response-expires',
  'restore',
  'select',
  'select-type',
  'storageClass',
  'tagging',
  'torrent',
  'uploadId',
  'uploads',
  'versionId',
  'versioning',
  'versions',
  'website',
])
