import {
  type Claim,
  type HttpRequest,
  isRefusal,
  query,
  type Refusal,
  readClaim,
  splitTarget,
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
  const isMeant =
    scope === undefined
      ? (mount: Mount) => formOf(mount) === formOfRequest(request)
      : (mount: Mount) => mount.service.signingName === scope.service
  const candidates = mounts.filter(isMeant).sort((a, b) => likeness(b, request) - likeness(a, request))
  return { claim, region: scope?.region ?? defaultRegion, signedFor: scope?.service, candidates }
}

/** Errors are written in the words of the service meant; of one that isn't here, in those of what looks like it. */
export function speakerFor(
  request: HttpRequest,
  sender: Sender,
  mounts: readonly Mount[],
): Mount | undefined {
  return sender.candidates[0] ?? mounts.find((mount) => formOf(mount) === formOfRequest(request)) ?? mounts[0]
}

function scopeOf(claim: Sender['claim'], region: string) {
  if (claim === undefined || isRefusal(claim)) return undefined
  return claim.version === 4 ? claim.scope : { service: 's3', region }
}

/** The three forms of request: X-Amz-Target names the operation, or a form's Action, or method and path. */
type Form = 'target' | 'action' | 'path'

function formOf({ service }: Mount): Form {
  return service.targetPrefix !== undefined ? 'target' : service.protocol === query ? 'action' : 'path'
}

function formOfRequest(request: HttpRequest): Form {
  if (request.headers.has('x-amz-target')) return 'target'
  const isForm = request.headers.get('content-type')?.startsWith('application/x-www-form-urlencoded') ?? false
  const isAction = /(?:^|&)Action=/.test(splitTarget(request.target).query)
  return (isForm && request.target === '/') || isAction ? 'action' : 'path'
}

/** How well a service fits, from 0: the same form counts most, then a name that it alone has. */
function likeness(mount: Mount, request: HttpRequest): number {
  const { operations, targetPrefix } = mount.service
  const fit = formOf(mount) === formOfRequest(request) ? 3 : 0
  if (targetPrefix !== undefined)
    return fit + (request.headers.get('x-amz-target')?.startsWith(`${targetPrefix}.`) ? 2 : 0)
  const start = firstSegment(request.target)
  if (operations.some(({ http }) => http?.path.startsWith(`${start}/`))) return fit + 2
  return fit + (operations.some(({ http }) => http?.path.startsWith('/{')) ? 1 : 0)
}

/** `/endpoints/a/invocations` → `/endpoints`: a path that starts with a label, as S3's do, fits any. */
function firstSegment(target: string): string {
  const { path } = splitTarget(target)
  const end = path.indexOf('/', 1)
  return end < 0 ? path : path.slice(0, end)
}
