import { createHmac, timingSafeEqual } from 'node:crypto'

export interface CredentialScope {
  /** `20261121`. */
  readonly day: string
  readonly region: string
  readonly service: string
}

/** The key that signs everything of one day, region and service. The last few are kept, for deriving takes four HMACs. */
export function signingKey(secretAccessKey: string, scope: CredentialScope): Buffer {
  const name = `${secretAccessKey}\n${scope.day}\n${scope.region}\n${scope.service}`
  const known = recentKeys.get(name)
  if (known !== undefined) return known
  const dayKey = hmac(Buffer.from(`AWS4${secretAccessKey}`), scope.day)
  const key = hmac(hmac(hmac(dayKey, scope.region), scope.service), 'aws4_request')
  if (recentKeys.size >= recentKeysLimit) recentKeys.clear()
  recentKeys.set(name, key)
  return key
}

const recentKeysLimit = 64
const recentKeys = new Map<string, Buffer>()

/** The credential scope as it stands in strings to sign and in headers. */
export function scopeText(scope: CredentialScope): string {
  return `${scope.day}/${scope.region}/${scope.service}/aws4_request`
}

/** `text` is taken byte by byte, as a header holds it. */
export function hmacHex(key: Buffer, text: string): string {
  return createHmac('sha256', key).update(text, 'latin1').digest('hex')
}

/** Takes the same time wherever the two differ. */
export function sameSignature(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

/** `20261121T100000Z`. */
export function formatTime(time: Date): string {
  return time.toISOString().replace(/[-:]|\.\d+/g, '')
}
