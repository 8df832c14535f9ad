import {
  AccessDenied,
  errorFamily,
  type HttpRequest,
  isRefusal,
  refusalError,
  trustRequest,
  verifyRequest,
} from '@sagebrush/api'
import type { Mount } from './mount.ts'
import type { Sender } from './sender.ts'

export interface AuthenticationOptions {
  /** `none` believes everybody: for a server that only this machine can reach. */
  readonly mode: 'signed' | 'none'
  readonly secretOf: (accessKeyId: string) => string | undefined
  readonly now: () => Date
  /** How much of a body is held in memory when only the whole of it can prove the signature. */
  readonly heldBodyLimitBytes: number
}

/**
 * The request to go on with: its sender is known, its body decoded. Reads no body unless it must to prove the sender.
 * Throws ApiError in the words of `speaker`'s service.
 */
export async function authenticate(
  request: HttpRequest,
  parties: { readonly sender: Sender; readonly speaker: Mount },
  options: AuthenticationOptions,
): Promise<HttpRequest> {
  const { claim } = parties.sender
  const family = errorFamily(parties.speaker.service.signingName)
  if (options.mode === 'none') {
    refuseOtherSites(request)
    return trustRequest(request, claim !== undefined && isRefusal(claim) ? undefined : claim)
  }
  if (claim === undefined) throw refusalError({ refused: 'no-credentials' }, family)
  if (isRefusal(claim)) throw refusalError(claim, family)
  const { secretOf, heldBodyLimitBytes } = options
  return await verifyRequest(request, { claim, secretOf, now: options.now(), heldBodyLimitBytes })
}

/**
 * Without signatures, a web page open in a browser on this machine could use the server behind its user's back: as
 * another site, or under a name of its own that it has made to point here.
 */
function refuseOtherSites(request: HttpRequest): void {
  const host = request.headers.get('host') ?? ''
  const origin = request.headers.get('origin')
  const isOtherSite = origin !== null && origin !== `http://${host}`
  if (isOtherSite || request.headers.get('sec-fetch-site') === 'cross-site')
    throw AccessDenied('Requests from other web sites are not answered.')
  if (!ownNames.test(host.replace(/:\d+$/, '')))
    throw AccessDenied('Without signatures, this server answers only under the names of this machine.')
}

const ownNames = /^(?:(?:.+\.)?localhost|127(?:\.\d{1,3}){3}|\[::1\]|host\.docker\.internal)$/i
