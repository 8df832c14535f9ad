export { trailersOf } from './aws-chunked.ts'
export { type Claim, type ClaimV2, type ClaimV4, readClaim } from './claim.ts'
export {
  type ErrorFamily,
  errorFamily,
  isRefusal,
  type Refusal,
  type RefusalReason,
  refusalError,
} from './refusal.ts'
export { type Credentials, type SignOptions, signRequest } from './sign-request.ts'
export { trustRequest, type VerifyOptions, verifyRequest } from './verify-request.ts'
