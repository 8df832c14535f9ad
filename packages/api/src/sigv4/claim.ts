import { type HttpRequest, splitTarget } from '../http.ts'
import type { Refusal } from './refusal.ts'
import { type CredentialScope, formatTime } from './signature.ts'

/** What a request says of its sender. Nothing of it is proven yet. */
export type Claim = ClaimV4 | ClaimV2

export interface ClaimV4 {
  readonly version: 4
  readonly place: 'header' | 'query'
  readonly accessKeyId: string
  readonly scope: CredentialScope
  /** `20261121T100000Z`, as signed. */
  readonly time: string
  /** Of a presigned URL. */
  readonly expiresSeconds?: number
  /** Lower case, in the order given. */
  readonly signedHeaders: readonly string[]
  readonly signature: string
}

/** Of a presigned S3 URL with `AWSAccessKeyId`, `Signature` and `Expires`. */
export interface ClaimV2 {
  readonly version: 2
  readonly accessKeyId: string
  readonly expires: Date
  readonly signature: string
}

/** Undefined for a request that says nothing of its sender. */
export function readClaim(request: HttpRequest): Claim | Refusal | undefined {
  const authorization = request.headers.get('authorization')
  if (authorization !== null) return claimInHeader(authorization, request.headers)
  const { query } = splitTarget(request.target)
  if (/(?:^|&)X-Amz-(?:Algorithm|Credential|Signature)=/.test(query))
    return claimInQuery(new URLSearchParams(query))
  if (/(?:^|&)(?:AWSAccessKeyId|Signature)=/.test(query)) return claimVersion2(new URLSearchParams(query))
  return undefined
}

/**
 *     AWS4-HMAC-SHA256 Credential=AKIA…/20261121/us-west-2/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature=4f…
 */
function claimInHeader(authorization: string, headers: Headers): ClaimV4 | Refusal {
  if (!authorization.startsWith(`${algorithm} `)) return { refused: 'unsupported-scheme' }
  const parameters = new Map<string, string>()
  for (const part of authorization.slice(algorithm.length).split(',')) {
    const equals = part.indexOf('=')
    if (equals > 0) parameters.set(part.slice(0, equals).trim(), part.slice(equals + 1).trim())
  }
  const missing = ['Credential', 'Signature', 'SignedHeaders'].filter((name) => !parameters.get(name))
  const time = signedTime(headers)
  const complaints = missing.map((name) => `Authorization header requires '${name}' parameter.`)
  if (time === undefined)
    complaints.push(`Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.`)
  if (complaints.length > 0 || time === undefined) return malformed(complaints.join(' '), 'header')
  return claimOf(parameters, { place: 'header', time })
}

function claimInQuery(query: URLSearchParams): ClaimV4 | Refusal {
  if (query.get('X-Amz-Algorithm') !== algorithm)
    return malformed(`X-Amz-Algorithm only supports "${algorithm}"`, 'query')
  const names = ['Credential', 'Signature', 'SignedHeaders', 'Date', 'Expires']
  const parameters = new Map(names.map((name) => [name, query.get(`X-Amz-${name}`) ?? '']))
  if (names.some((name) => parameters.get(name) === '')) return malformed(incompleteQuery, 'query')
  const time = parameters.get('Date') ?? ''
  if (parseTime(time) === undefined)
    return malformed("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"", 'query')
  const expires = parameters.get('Expires') ?? ''
  if (!/^-?\d+$/.test(expires)) return malformed('X-Amz-Expires should be a number', 'query')
  if (expires.startsWith('-')) return malformed('X-Amz-Expires must be non-negative', 'query')
  if (Number(expires) > weekSeconds)
    return malformed(
      `X-Amz-Expires must be less than a week (in seconds) that is, the given X-Amz-Expires must be less than ${weekSeconds} seconds`,
      'query',
    )
  return claimOf(parameters, { place: 'query', time, expiresSeconds: Number(expires) })
}

type Rest = Pick<ClaimV4, 'place' | 'time' | 'expiresSeconds'>

function claimOf(parameters: ReadonlyMap<string, string>, rest: Rest): ClaimV4 | Refusal {
  const parts = (parameters.get('Credential') ?? '').split('/')
  const [day, region, service, terminator] = parts.slice(-4)
  const accessKeyId = parts.slice(0, -4).join('/')
  if (!accessKeyId || !day || !region || !service || terminator !== 'aws4_request')
    return malformed(
      'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
      rest.place,
    )
  if (!rest.time.startsWith(day))
    return malformed(
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${day}' != '${rest.time.slice(0, 8)}'.`,
      rest.place,
    )
  const signedHeaders = (parameters.get('SignedHeaders') ?? '').toLowerCase().split(';')
  if (!signedHeaders.includes('host')) return malformed(`'Host' must be a signed header.`, rest.place)
  const signature = parameters.get('Signature') ?? ''
  return { version: 4, accessKeyId, scope: { day, region, service }, signedHeaders, signature, ...rest }
}

function claimVersion2(query: URLSearchParams): ClaimV2 | Refusal {
  const accessKeyId = query.get('AWSAccessKeyId')
  // Base64's `+` reads as a space where a client left it bare.
  const signature = query.get('Signature')?.replaceAll(' ', '+')
  const expires = query.get('Expires')
  if (!accessKeyId || !signature || !expires)
    return { refused: 'malformed-version-2', text: incompleteVersion2 }
  if (!/^\d{1,12}$/.test(expires))
    return {
      refused: 'malformed-version-2',
      text: `Invalid date (should be seconds since epoch): ${expires}`,
    }
  return { version: 2, accessKeyId, signature, expires: new Date(Number(expires) * 1000) }
}

/** `20261121T100000Z`; undefined when it isn't such a time. */
export function parseTime(text: string): Date | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text)
  if (match === null) return undefined
  const [, year, month, day, hours, minutes, seconds] = match
  const time = new Date(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}Z`)
  return Number.isNaN(time.getTime()) ? undefined : time
}

function signedTime(headers: Headers): string | undefined {
  const given = headers.get('x-amz-date') ?? headers.get('date')
  if (given === null) return undefined
  if (parseTime(given) !== undefined) return given
  const time = new Date(given)
  return Number.isNaN(time.getTime()) ? undefined : formatTime(time)
}

function malformed(text: string, place: ClaimV4['place']): Refusal {
  return { refused: place === 'header' ? 'malformed-header' : 'malformed-query', text }
}

const algorithm = 'AWS4-HMAC-SHA256'
const weekSeconds = 604_800
const incompleteQuery =
  'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.'
const incompleteVersion2 =
  'Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters'
