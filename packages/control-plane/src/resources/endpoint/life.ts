import type { Compute, HostState } from '../../compute/compute.ts'
import { groupId } from '../../compute/group-id.ts'
import type { Life } from '../../reconcile/life.ts'
import type { Collection } from '../../store/collection.ts'
import type { Tags } from '../tags/tags.ts'
import { type EndpointStep, isSettled, nextStep } from './lifecycle.ts'
import { endpointGroup, type PlanOptions } from './plan.ts'
import type { EndpointRecord, Instance } from './record.ts'

export interface EndpointLifeOptions extends PlanOptions {
  readonly endpoints: Collection<EndpointRecord>
  readonly compute: Compute
  readonly tags: Pick<Tags, 'forget'>
  readonly clock: () => Date
  /** Letters and digits, never the same twice. */
  readonly newId: () => string
}

/** Source: AWS's `FailureReason` holds as many characters. */
const longestReason = 1024

/** How endpoints live: `nextStep` decides, this does it. */
export function endpointLife(
  options: EndpointLifeOptions,
): Life<EndpointRecord, HostState | undefined, EndpointStep> {
  return {
    kind: 'endpoint',
    records: options.endpoints,
    settled: isSettled,
    age: (endpoint) => endpoint.createdAt,
    async inspect({ instance }) {
      return instance && (await options.compute.inspect(instance.groupId))?.[0]
    },
    nextStep,
    act: (endpoint, step) => act(options, endpoint, step),
  }
}

async function act(
  options: EndpointLifeOptions,
  endpoint: EndpointRecord,
  step: EndpointStep,
): Promise<'moved' | 'blocked'> {
  const { compute, clock } = options
  const { instance } = endpoint
  switch (step.do) {
    case 'assign':
      if (instance) await compute.remove(instance.groupId)
      await change(options, endpoint, (newest) =>
        assigned(newest, newInstance(options, endpoint, step), step.reason),
      )
      break
    case 'start': {
      if (!instance) break
      if ((await compute.start(endpointGroup(endpoint, instance, options))) === 'full') return 'blocked'
      await change(options, endpoint, (newest) => withInstance(newest, { startedAt: clock() }))
      break
    }
    case 'serve':
      await change(options, endpoint, (newest) => serving(newest, step, clock()))
      break
    case 'fail':
      await change(options, endpoint, (newest) => failed(newest, step.reason, clock()))
      break
    case 'stop':
      if (instance) await compute.stop(instance.groupId)
      await change(options, endpoint, (newest) => withInstance(newest, { stopAskedAt: clock() }))
      break
    case 'remove':
      if (instance) await compute.remove(instance.groupId)
      await change(options, endpoint, withoutInstance)
      break
    case 'forget':
      await options.tags.forget(endpoint.arn)
      await options.endpoints.delete(endpoint.name)
  }
  return 'moved'
}

/** Nothing is written where a request, such as to delete it, has changed the endpoint since the step was chosen. */
async function change(
  { endpoints }: EndpointLifeOptions,
  chosen: EndpointRecord,
  next: (newest: EndpointRecord) => EndpointRecord,
): Promise<void> {
  await endpoints.update(chosen.name, (newest) => {
    const isSame = newest.status === chosen.status && newest.instance?.groupId === chosen.instance?.groupId
    return isSame ? next(newest) : newest
  })
}

function newInstance(
  { clock, newId }: EndpointLifeOptions,
  endpoint: EndpointRecord,
  { failures, notBefore }: Extract<EndpointStep, { do: 'assign' }>,
): Instance {
  const unique = newId()
  return {
    groupId: groupId('serve', endpoint.name, unique),
    id: `i-${unique}`,
    assignedAt: clock(),
    notBefore,
    failures,
  }
}

function assigned(endpoint: EndpointRecord, instance: Instance, reason: string | undefined): EndpointRecord {
  return {
    ...endpoint,
    instance,
    ...(reason === undefined ? {} : { reason: reason.slice(0, longestReason) }),
  }
}

function withInstance(endpoint: EndpointRecord, facts: Partial<Instance>): EndpointRecord {
  return endpoint.instance ? { ...endpoint, instance: { ...endpoint.instance, ...facts } } : endpoint
}

function withoutInstance({ instance, ...endpoint }: EndpointRecord): EndpointRecord {
  return endpoint
}

function serving(
  endpoint: EndpointRecord,
  { address, reason }: Extract<EndpointStep, { do: 'serve' }>,
  now: Date,
): EndpointRecord {
  if (!endpoint.instance) return endpoint
  if (address === undefined) {
    const { address: gone, servingSince, ...instance } = endpoint.instance
    return {
      ...endpoint,
      instance,
      ...(reason === undefined ? {} : { reason: reason.slice(0, longestReason) }),
    }
  }
  const { reason: past, ...rest } = endpoint
  const isNew = endpoint.status !== 'InService'
  return {
    ...rest,
    status: 'InService',
    modifiedAt: isNew ? now : endpoint.modifiedAt,
    instance: { ...endpoint.instance, address, servingSince: endpoint.instance.servingSince ?? now },
  }
}

function failed(endpoint: EndpointRecord, reason: string, now: Date): EndpointRecord {
  return { ...endpoint, status: 'Failed', reason: reason.slice(0, longestReason), modifiedAt: now }
}
