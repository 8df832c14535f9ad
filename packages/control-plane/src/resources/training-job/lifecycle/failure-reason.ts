import type { HostState } from '../../../compute/compute.ts'

/** Source: SageMaker's service model. */
const LIMIT = 1024

/** The FailureReason that a host's end amounts to. Hosts that know AWS's prefixes say theirs themselves. */
export function failureReason(host: Extract<HostState, { phase: 'exited' | 'lost' }>): string {
  if (host.phase === 'lost') return cut(`InternalServerError: the host was lost: ${host.reason}`)
  const { reason = '', exitCode } = host
  if (/^(AlgorithmError|ClientError|InternalServerError|CapacityError): /.test(reason)) return cut(reason)
  const end = `, exit code: ${exitCode}`
  return cut(`AlgorithmError: ${reason}`, LIMIT - end.length) + end
}

/** At most so many UTF-16 units, without half a character at the end. */
function cut(text: string, limit = LIMIT): string {
  return text.length <= limit ? text : text.slice(0, limit).replace(/[\ud800-\udbff]$/, '')
}
