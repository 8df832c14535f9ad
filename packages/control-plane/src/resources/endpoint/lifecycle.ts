import type { HostState } from '../../compute/compute.ts'
import type { Wait } from '../../reconcile/life.ts'
import { type EndpointRecord, endpointLogGroup, type Instance } from './record.ts'

export type EndpointStep =
  /** Choose an id for a new instance, which is not to start before the given moment. */
  | { readonly do: 'assign'; readonly failures: number; readonly notBefore: Date; readonly reason?: string }
  | { readonly do: 'start' }
  /** Note where the model server answers; without an address, that it does not, and why. */
  | { readonly do: 'serve'; readonly address?: string; readonly reason?: string }
  | { readonly do: 'fail'; readonly reason: string }
  | { readonly do: 'stop' }
  /** Kill what still lives of the instance and forget it. */
  | { readonly do: 'remove' }
  /** Nothing is left but the record. */
  | { readonly do: 'forget' }

/** How long an instance that was asked to stop may take: its model server has 30 of them for open requests. */
const stopSeconds = 45
/** How long an instance may wait for room before the endpoint fails for want of it. */
const roomSeconds = 3600
/** How often an instance may be lost without a word before the endpoint that is being made fails. */
const lossesWhileCreating = 3
/** Who served this long and dies is replaced at once. */
const healthySeconds = 600
const longestBackoffSeconds = 60

/**
 * How long each part of a start may take, where the variant does not say. Preparing is given long, since TensorFlow may
 * have to be downloaded; loading, a little longer than the host gives it, which knows the better reason.
 */
const activitySeconds = { starting: 300, preparing: 3600, downloading: 1800, loading: 660 } as const

/**
 * What to do next for an endpoint, from what was asked and what is seen of its instance. Each wait in `Creating` ends at
 * a moment, so that every endpoint gets InService or Failed.
 */
export function nextStep(
  endpoint: EndpointRecord,
  seen: HostState | undefined,
  now: Date,
): EndpointStep | Wait {
  const { status, instance } = endpoint
  switch (status) {
    case 'Creating':
      return instance ? creating(endpoint, { instance, seen, now }) : assign(0, now)
    case 'InService':
      return instance ? inService({ instance, seen, now }) : assign(0, now)
    case 'Failed':
      return instance ? unwinding({ instance, seen, now }) : { do: 'wait' }
    case 'Deleting':
      return instance ? unwinding({ instance, seen, now }) : { do: 'forget' }
  }
}

/** Nothing will come of looking at it again. */
export const isSettled = ({ status, instance }: EndpointRecord) => status === 'Failed' && !instance

interface Sight {
  readonly instance: Instance
  readonly seen: HostState | undefined
  readonly now: Date
}

function creating(endpoint: EndpointRecord, sight: Sight): EndpointStep | Wait {
  const { instance, seen, now } = sight
  if (!instance.startedAt) return firstStart(sight)
  if (!seen || seen.phase === 'lost') {
    const failures = instance.failures + 1
    if (failures < lossesWhileCreating) return assign(failures, now)
    return { do: 'fail', reason: `InternalServerError: the instance was lost: ${lossOf(seen)}` }
  }
  if (seen.phase === 'exited') return { do: 'fail', reason: exitReason(endpoint, seen) }
  if (seen.phase === 'running' && seen.address) return { do: 'serve', address: seen.address }
  const overdue = overdueOf(endpoint, instance.startedAt, seen)
  return now < overdue.at ? { do: 'wait', until: overdue.at } : { do: 'fail', reason: overdue.reason }
}

function firstStart({ instance, now }: Sight): EndpointStep {
  if (now < after(instance.assignedAt, roomSeconds)) return { do: 'start' }
  return { do: 'fail', reason: 'CapacityError: there was no room for the instance.' }
}

function inService({ instance, seen, now }: Sight): EndpointStep | Wait {
  if (!instance.startedAt) {
    return now < instance.notBefore ? { do: 'wait', until: instance.notBefore } : { do: 'start' }
  }
  if (!seen || seen.phase === 'lost') return replace(instance, { reason: lossOf(seen), now })
  if (seen.phase === 'exited') return replace(instance, { reason: shortExit(seen), now })
  const { address, message } = seen.phase === 'running' ? seen : {}
  if (address && address !== instance.address) return { do: 'serve', address }
  if (address) return { do: 'wait' }
  if (instance.address) return message === undefined ? { do: 'serve' } : { do: 'serve', reason: message }
  const patience = Math.max(activitySeconds.preparing, activitySeconds.downloading)
  const until = after(seen.phase === 'running' ? seen.since : instance.startedAt, patience)
  return now < until ? { do: 'wait', until } : replace(instance, { reason: 'it did not answer in time', now })
}

/** An instance that shall not live: asked to stop, then killed. */
function unwinding({ instance, seen, now }: Sight): EndpointStep | Wait {
  if (!seen || seen.phase === 'exited' || seen.phase === 'lost') return { do: 'remove' }
  if (!instance.stopAskedAt) return { do: 'stop' }
  const until = after(instance.stopAskedAt, stopSeconds)
  return now < until ? { do: 'wait', until } : { do: 'remove' }
}

function assign(failures: number, notBefore: Date): EndpointStep {
  return { do: 'assign', failures, notBefore }
}

function replace(instance: Instance, { reason, now }: { reason: string; now: Date }): EndpointStep {
  const since = instance.servingSince
  const wasHealthy = since !== undefined && now >= after(since, healthySeconds)
  const failures = wasHealthy ? 0 : instance.failures + 1
  // At once the first time, then after 1, 2, 4 … seconds.
  const seconds = failures <= 1 ? 0 : Math.min(2 ** (failures - 2), longestBackoffSeconds)
  return {
    do: 'assign',
    failures,
    notBefore: after(now, seconds),
    reason: `The instance is replaced: ${reason}`,
  }
}

function overdueOf(
  { variant }: EndpointRecord,
  startedAt: Date,
  seen: Extract<HostState, { phase: 'starting' | 'running' }>,
): { at: Date; reason: string } {
  const container = `The primary container for production variant ${variant.name}`
  if (seen.phase === 'starting') {
    return {
      at: after(startedAt, activitySeconds.starting),
      reason: 'InternalServerError: the instance did not start in time.',
    }
  }
  const download = variant.downloadSeconds ?? activitySeconds.downloading
  const startup = variant.startupSeconds ?? activitySeconds.loading
  switch (seen.activity) {
    case 'preparing':
      return {
        at: after(seen.since, activitySeconds.preparing),
        reason: `InternalServerError: the environment was not ready within ${activitySeconds.preparing} seconds.`,
      }
    case 'downloading':
      return {
        at: after(seen.since, download),
        reason: `${container} did not get its model data within ${download} seconds: ${variant.modelUri}`,
      }
    default:
      return {
        at: after(seen.since, startup),
        reason: `${container} ${pingFailure} within ${startup} seconds.`,
      }
  }
}

/** Source: AWS's own sentence, up to here. */
const pingFailure = 'did not pass the ping health check'

/** The host knows best what went wrong; its own words come first. */
function exitReason(
  { name, variant }: EndpointRecord,
  seen: Extract<HostState, { phase: 'exited' }>,
): string {
  const logs = `Please check the logs of this endpoint: ${endpointLogGroup(name)}`
  if (seen.reason) return seen.reason
  return `The primary container for production variant ${variant.name} ${pingFailure}: it ended with exit code ${seen.exitCode}. ${logs}`
}

const shortExit = (seen: Extract<HostState, { phase: 'exited' }>) =>
  seen.reason ?? `it ended with exit code ${seen.exitCode}`

const lossOf = (seen: HostState | undefined) =>
  seen?.phase === 'lost' ? seen.reason : 'nothing is left of its host'

const after = (moment: Date, seconds: number) => new Date(moment.getTime() + seconds * 1000)
