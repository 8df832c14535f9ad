import { ApiError } from '../errors.ts'

/** Why a request isn't taken for its sender's. */
export type RefusalReason =
  | 'no-credentials'
  | 'unknown-key'
  | 'wrong-signature'
  | 'malformed-header'
  | 'malformed-query'
  | 'malformed-version-2'
  | 'unsupported-scheme'
  | 'unsigned-header'
  | 'skewed-clock'
  | 'expired-link'
  | 'wrong-payload-hash'
  | 'bad-payload-header'
  | 'no-payload-header'

export interface Refusal {
  readonly refused: RefusalReason
  /** More than the fixed sentence of the reason: which part is wrong. */
  readonly text?: string
  /** Further members of S3's error body. */
  readonly details?: Readonly<Record<string, string>>
}

/** The three families of wording: S3, the services that began with the query protocol, and all that speak JSON. */
export type ErrorFamily = 's3' | 'query' | 'json'

/** Tells a refusal from what would have been found without one. */
export function isRefusal(value: object): value is Refusal {
  return 'refused' in value
}

/** By a service's signing name. */
export function errorFamily(service: string): ErrorFamily {
  return service === 's3' ? 's3' : queryServices.has(service) ? 'query' : 'json'
}

const queryServices = new Set(['sts', 'iam', 'monitoring'])

/** The refusal in the words of the service asked. Source: AWS, each service's "Common errors"; S3, "Error responses". */
export function refusalError(refusal: Refusal, family: ErrorFamily): ApiError {
  const [code, httpStatus, message] = table[refusal.refused][family]
  const details = family === 's3' ? { ...refusal.details } : {}
  return new ApiError(
    { code, httpStatus },
    message.replace('{text}', () => refusal.text ?? ''),
    { details },
  )
}

/** `{text}` is where the refusal's own text goes. */
type Row = readonly [code: string, httpStatus: number, message: string]

const mismatch =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.{text}'
const noPayloadHeader = 'Missing required header for this request: x-amz-content-sha256'
const tokenInvalid = 'The security token included in the request is invalid.'

const table: Record<RefusalReason, Record<ErrorFamily, Row>> = {
  'no-credentials': {
    json: ['MissingAuthenticationTokenException', 400, 'Missing Authentication Token'],
    query: ['MissingAuthenticationToken', 403, 'Request is missing Authentication Token'],
    s3: ['AccessDenied', 403, 'Access Denied'],
  },
  'unknown-key': {
    json: ['UnrecognizedClientException', 400, tokenInvalid],
    query: ['InvalidClientTokenId', 403, tokenInvalid],
    s3: ['InvalidAccessKeyId', 403, 'The AWS Access Key Id you provided does not exist in our records.'],
  },
  'wrong-signature': {
    json: ['InvalidSignatureException', 400, mismatch],
    query: ['SignatureDoesNotMatch', 403, mismatch],
    s3: [
      'SignatureDoesNotMatch',
      403,
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    ],
  },
  'malformed-header': {
    json: ['IncompleteSignatureException', 400, '{text}'],
    query: ['IncompleteSignature', 400, '{text}'],
    s3: ['AuthorizationHeaderMalformed', 400, 'The authorization header is malformed; {text}'],
  },
  'malformed-query': {
    json: ['IncompleteSignatureException', 400, '{text}'],
    query: ['IncompleteSignature', 400, '{text}'],
    s3: ['AuthorizationQueryParametersError', 400, '{text}'],
  },
  'malformed-version-2': {
    json: ['IncompleteSignatureException', 400, '{text}'],
    query: ['IncompleteSignature', 400, '{text}'],
    s3: ['AccessDenied', 403, '{text}'],
  },
  'unsupported-scheme': {
    json: [
      'IncompleteSignatureException',
      400,
      'The authorization mechanism is not supported: use AWS4-HMAC-SHA256.',
    ],
    query: [
      'IncompleteSignature',
      400,
      'The authorization mechanism is not supported: use AWS4-HMAC-SHA256.',
    ],
    s3: [
      'InvalidRequest',
      400,
      'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.',
    ],
  },
  'unsigned-header': {
    json: [
      'InvalidSignatureException',
      400,
      'There were headers present in the request which were not signed',
    ],
    query: ['SignatureDoesNotMatch', 403, 'There were headers present in the request which were not signed'],
    s3: ['AccessDenied', 403, 'There were headers present in the request which were not signed'],
  },
  'skewed-clock': {
    json: ['InvalidSignatureException', 400, '{text}'],
    query: ['SignatureDoesNotMatch', 403, '{text}'],
    s3: [
      'RequestTimeTooSkewed',
      403,
      'The difference between the request time and the current time is too large.',
    ],
  },
  'expired-link': {
    json: ['InvalidSignatureException', 400, '{text}'],
    query: ['SignatureDoesNotMatch', 403, '{text}'],
    s3: ['AccessDenied', 403, 'Request has expired'],
  },
  'wrong-payload-hash': {
    json: ['InvalidSignatureException', 400, mismatch],
    query: ['SignatureDoesNotMatch', 403, mismatch],
    s3: [
      'XAmzContentSHA256Mismatch',
      400,
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    ],
  },
  'bad-payload-header': {
    json: [
      'InvalidSignatureException',
      400,
      'x-amz-content-sha256 must be UNSIGNED-PAYLOAD or a valid sha256 value.',
    ],
    query: [
      'SignatureDoesNotMatch',
      403,
      'x-amz-content-sha256 must be UNSIGNED-PAYLOAD or a valid sha256 value.',
    ],
    s3: [
      'InvalidArgument',
      400,
      'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, or a valid sha256 value.',
    ],
  },
  'no-payload-header': {
    json: ['InvalidSignatureException', 400, noPayloadHeader],
    query: ['SignatureDoesNotMatch', 403, noPayloadHeader],
    s3: ['InvalidRequest', 400, noPayloadHeader],
  },
}
