import { type HttpRequest, splitTarget } from '../http.ts'
import { canonicalPath, canonicalQuery, canonicalRequest, sha256Hex } from './canonical-request.ts'
import { type ClaimV4, parseTime } from './claim.ts'
import { errorFamily, type Refusal } from './refusal.ts'
import { formatTime, hmacHex, sameSignature, scopeText, signingKey } from './signature.ts'

/** How far a signature's time may be from ours, either way. */
const allowedSkewMillis = 15 * 60 * 1000

/** Pure. Undefined when the claim's time is right. */
export function refuseTime(claim: ClaimV4, now: Date): Refusal | undefined {
  const signedAt = parseTime(claim.time)?.getTime() ?? Number.NaN
  const early = signedAt - now.getTime() > allowedSkewMillis
  if (claim.place === 'query' && !early) {
    const end = signedAt + (claim.expiresSeconds ?? 0) * 1000
    return now.getTime() <= end ? undefined : expiredLink(new Date(end), now, claim.expiresSeconds)
  }
  if (!early && now.getTime() - signedAt <= allowedSkewMillis) return undefined
  const bound = new Date(now.getTime() + (early ? allowedSkewMillis : -allowedSkewMillis))
  const text = early
    ? `Signature not yet current: ${claim.time} is still later than ${formatTime(bound)} (${formatTime(now)} + 15 min.)`
    : `Signature expired: ${claim.time} is now earlier than ${formatTime(bound)} (${formatTime(now)} - 15 min.)`
  return {
    refused: 'skewed-clock',
    text,
    details: {
      RequestTime: claim.time,
      ServerTime: isoSeconds(now),
      MaxAllowedSkewMilliseconds: String(allowedSkewMillis),
    },
  }
}

/** For a presigned link past its end; with the seconds it was made for, where it tells them. */
export function expiredLink(end: Date, now: Date, expiresSeconds?: number): Refusal {
  return {
    refused: 'expired-link',
    text: `Signature expired: ${formatTime(end)} is now earlier than ${formatTime(now)}`,
    details: {
      ...(expiresSeconds === undefined ? {} : { 'X-Amz-Expires': String(expiresSeconds) }),
      Expires: isoSeconds(end),
      ServerTime: isoSeconds(now),
    },
  }
}

/** S3 lets no `x-amz-` header go unsigned: whoever catches a request could add one. */
export function refuseUnsignedHeaders(claim: ClaimV4, headers: Headers): Refusal | undefined {
  if (errorFamily(claim.scope.service) !== 's3') return undefined
  const signed = new Set(claim.signedHeaders)
  // A link's payload hash is not signed and not used.
  if (claim.place === 'query') signed.add('x-amz-content-sha256')
  const unsigned = [...headers.keys()].filter((name) => name.startsWith('x-amz-') && !signed.has(name))
  if (unsigned.length === 0) return undefined
  return { refused: 'unsigned-header', details: { HeadersNotSigned: unsigned.join(', ') } }
}

export interface SignedFacts {
  readonly secretAccessKey: string
  /** What stands in the last line of the canonical request. */
  readonly payloadHash: string
}

/** Pure. Undefined when the signature is right for this request. */
export function refuseSignature(
  request: HttpRequest,
  claim: ClaimV4,
  facts: SignedFacts,
): Refusal | undefined {
  const key = signingKey(facts.secretAccessKey, claim.scope)
  const forms = canonicalForms(request, claim, facts.payloadHash)
  const texts = forms.map((form) => stringToSign(claim, form))
  if (texts.some((text) => sameSignature(hmacHex(key, text), claim.signature))) return undefined
  const [canonical = '', text = ''] = [forms[0], texts[0]]
  return {
    refused: 'wrong-signature',
    text: `\n\nThe Canonical String for this request should have been\n'${canonical}'\n\nThe String-to-Sign should have been\n'${text}'\n`,
    details: {
      AWSAccessKeyId: claim.accessKeyId,
      StringToSign: text,
      SignatureProvided: claim.signature,
      CanonicalRequest: canonical,
    },
  }
}

/** Some clients sign the path or query that they send rather than the canonical one: with either it was the same sender. */
function canonicalForms(request: HttpRequest, claim: ClaimV4, payloadHash: string): readonly string[] {
  const { method, headers } = request
  const { service } = claim.scope
  const { path, query } = splitTarget(request.target)
  const leaveOut = claim.place === 'query' ? 'X-Amz-Signature' : undefined
  const paths = [canonicalPath(path, service)]
  const queries = [canonicalQuery(query, leaveOut)]
  if (service === 's3') {
    paths.push(path)
    queries.push(sortedAsSent(query, leaveOut))
  }
  return [...new Set(paths)].flatMap((path) =>
    [...new Set(queries)].map((query) =>
      canonicalRequest({ method, path, query, headers, signedHeaders: claim.signedHeaders, payloadHash }),
    ),
  )
}

function sortedAsSent(rawQuery: string, leaveOut: string | undefined): string {
  const parts = rawQuery.split('&').filter((part) => part !== '' && part.split('=')[0] !== leaveOut)
  return parts
    .map((part) => (part.includes('=') ? part : `${part}=`))
    .sort()
    .join('&')
}

function stringToSign(claim: ClaimV4, canonical: string): string {
  return `AWS4-HMAC-SHA256\n${claim.time}\n${scopeText(claim.scope)}\n${sha256Hex(canonical)}`
}

function isoSeconds(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z')
}
