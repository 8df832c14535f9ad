import {
  type Claim,
  type HttpRequest,
  isRefusal,
  query,
  type Refusal,
  readClaim,
  rpcV2Cbor,
  type Service,
} from '@sagebrush/api'
import type { Mount } from './mount.ts'

/** Who sends a request, by their own word, and which services they may mean. Nothing of it is proven yet. */
export interface Sender {
  readonly claim: Claim | Refusal | undefined
  readonly region: string
  /** The name in the signature's scope; undefined without a signature. */
  readonly signedFor: string | undefined
  /** Services to try, the likeliest first. Several can share a name; without a signature, looks decide. */
  readonly candidates: readonly Mount[]
}

/** Pure. */
export function readSender(request: HttpRequest, mounts: readonly Mount[], defaultRegion: string): Sender {
  const claim = readClaim(request)
  const scope = scopeOf(claim, defaultRegion)
  const looks = looksOf(request)
  const meant = mounts.filter(({ service }) =>
    scope === undefined ? formOf(service) === looks.form : service.signingName === scope.service,
  )
  const candidates = meant.length < 2 ? meant : likeliestFirst(meant, looks)
  return { claim, region: scope?.region ?? defaultRegion, signedFor: scope?.service, candidates }
}

/** Errors are written in the words of the service meant; of one that isn't here, in those of what looks like it. */
export function speakerFor(
  request: HttpRequest,
  sender: Sender,
  mounts: readonly Mount[],
): Mount | undefined {
  return sender.candidates[0] ?? likeliestFirst(mounts, looksOf(request))[0]
}

function scopeOf(claim: Sender['claim'], region: string) {
  if (claim === undefined || isRefusal(claim)) return undefined
  return claim.version === 4 ? claim.scope : { service: 's3', region }
}

/** The three forms of request: X-Amz-Target names the operation, or a form's Action, or method and path. */
type Form = 'target' | 'action' | 'path'

function formOf({ targetPrefix, protocol }: Service): Form {
  if (protocol === query) return 'action'
  return protocol !== rpcV2Cbor && targetPrefix !== undefined ? 'target' : 'path'
}

/** What of a request hints at its service. */
interface Looks {
  readonly form: Form
  readonly target: string
  readonly url: string
  /** `/endpoints/` of `/endpoints/a/invocations`. */
  readonly start: string
}

function looksOf({ headers, target: url }: HttpRequest): Looks {
  const target = headers.get('x-amz-target')
  const end = url.indexOf('/', 1)
  const start = end < 0 ? url : url.slice(0, end + 1)
  if (target !== null) return { form: 'target', target, url, start }
  const isForm = url === '/' && headers.get('content-type')?.startsWith('application/x-www-form-urlencoded')
  const isAction = isForm || /[?&]Action=/.test(url)
  return { form: isAction ? 'action' : 'path', target: '', url, start }
}

function likeliestFirst(mounts: readonly Mount[], looks: Looks): readonly Mount[] {
  const ranked = mounts.map((mount) => ({ mount, likeness: likeness(mount.service, looks) }))
  return ranked.sort((a, b) => b.likeness - a.likeness).map(({ mount }) => mount)
}

/** The same form counts most, then a name that the service alone has; paths that start with a label, as S3's, fit any. */
function likeness(service: Service, { form, target, url, start }: Looks): number {
  const own = formOf(service)
  const fit = own === form ? 3 : 0
  if (own === 'target') return target.startsWith(`${service.targetPrefix}.`) ? fit + 2 : fit
  if (service.protocol === rpcV2Cbor) return url.startsWith(`/service/${service.targetPrefix}/`) ? fit + 2 : 0
  if (service.operations.some(({ http }) => http?.path.startsWith(start) && start !== '/')) return fit + 2
  return service.operations.some(({ http }) => http?.path.startsWith('/{')) ? fit + 1 : fit
}
