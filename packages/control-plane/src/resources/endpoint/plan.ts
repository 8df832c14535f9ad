import type { ServePlan } from '@sagebrush/agent'
import type { HostGroup } from '../../compute/compute.ts'
import { type EndpointRecord, endpointLogGroup, type Instance, logStreamName } from './record.ts'

export interface PlanOptions {
  /** Where the server answers AWS's protocols: `http://127.0.0.1:8400`. */
  readonly serverUrl: string
}

/** The group of one host that serves an endpoint. */
export function endpointGroup(
  endpoint: EndpointRecord,
  instance: Instance,
  { serverUrl }: PlanOptions,
): HostGroup {
  const { variant } = endpoint
  const plan: ServePlan = {
    kind: 'serve',
    name: endpoint.name,
    arn: endpoint.arn,
    region: endpoint.region,
    endpoint: serverUrl,
    image: variant.image,
    instanceType: variant.instanceType,
    logStream: {
      group: endpointLogGroup(endpoint.name),
      name: logStreamName(variant.name, instance.id),
    },
    environment: variant.environment,
    ...(variant.isIsolated ? { isIsolated: true } : {}),
    ...(variant.modelUri === undefined ? {} : { modelUri: variant.modelUri }),
    ...(variant.multiModel === undefined ? {} : { multiModel: variant.multiModel }),
  }
  return { id: instance.groupId, hosts: [plan], createdAt: endpoint.createdAt }
}
