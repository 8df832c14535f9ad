import { cloudWatchFaces, iam, logs, s3, sagemaker, sagemakerRuntime, sts } from '@sagebrush/api'
import { type Mount, mount } from './http/mount.ts'
import { iamHandlers, stsHandlers } from './identity/identity-handlers.ts'
import { logsHandlers } from './logs/handlers/logs-handlers.ts'
import type { LogStore } from './logs/store/log-store.ts'
import { metricsHandlers } from './metrics/metrics-handlers.ts'
import type { MetricStore } from './metrics/store/metric-store.ts'
import { s3Handlers } from './objects/s3/s3-handlers.ts'
import type { Storage } from './objects/store/storage.ts'
import type { Records } from './records.ts'
import { endpointHandlers } from './resources/endpoint/handlers.ts'
import { endpointConfigHandlers } from './resources/endpoint-config/handlers.ts'
import { modelHandlers } from './resources/model/handlers.ts'
import { tagHandlers } from './resources/tags/handlers.ts'
import { trainingJobHandlers } from './resources/training-job/handlers.ts'
import type { InstanceClient } from './runtime/instance-client.ts'
import { runtimeHandlers } from './runtime/runtime-handlers.ts'

export interface ServiceParts {
  readonly records: Records
  readonly objects: Storage
  readonly logStore: LogStore
  readonly metricStore: MetricStore
  /** Reaches the model servers of endpoints. */
  readonly instances: InstanceClient
  /** Twelve digits. */
  readonly account: string
  /** When this server was set up: the birthday of what always was. */
  readonly createdAt: Date
  readonly clock: () => Date
  /** Letters and digits, never the same twice. */
  readonly newId: () => string
}

/** Source: SageMaker's limit of an invocation's payload, and the time that its containers have. */
export const payloadLimitBytes = 25 * 1024 * 1024
const INVOCATION_TIMEOUT_MILLIS = 60_000

/** Every service that is answered, and by what. */
export function mountServices(parts: ServiceParts): readonly Mount[] {
  const { objects, logStore, metricStore, account, createdAt, clock, newId } = parts
  const { jobs, models, endpointConfigs, endpoints, tags } = parts.records
  return [
    mount(sagemaker, {
      ...trainingJobHandlers({ jobs, tags, objects: objects.objects, clock, newId }),
      ...modelHandlers({ models, tags, objects: objects.objects, clock }),
      ...endpointConfigHandlers({ endpointConfigs, models, tags, clock }),
      ...endpointHandlers({ endpoints, endpointConfigs, models, clock }),
      ...tagHandlers({ tags }),
    }),
    mount(
      sagemakerRuntime,
      runtimeHandlers({
        endpoints,
        client: parts.instances,
        payloadLimitBytes,
        timeoutMillis: INVOCATION_TIMEOUT_MILLIS,
      }),
    ),
    mount(s3, s3Handlers({ store: objects, clock, account })),
    mount(logs, logsHandlers({ store: logStore, clock })),
    ...cloudWatchFaces.map((face) => mount(face, metricsHandlers({ store: metricStore, clock }))),
    mount(sts, stsHandlers),
    mount(iam, iamHandlers({ createdAt })),
  ]
}
