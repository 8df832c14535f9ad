import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { HostFailure, messageOf } from '../../failure-reason.ts'
import type { Host } from '../../host/host.ts'
import { hostFiles } from '../../host/host-files.ts'
import { metricsClient } from '../../metrics/metric-shipper.ts'
import { parseS3Uri } from '../../objects/s3-uri.ts'
import type { MultiModelPlan, ServePlan } from '../../plan/host-plan.ts'
import { openFront } from './front.ts'
import { loadingMetrics } from './loading-metrics.ts'
import { ModelContainer } from './model-container.ts'
import { modelFiles, modelId } from './model-files.ts'
import { ResidentModels, residenceTimes } from './resident-models.ts'

export interface MultiModelFront extends AsyncDisposable {
  /** Tells where the container answers now, which has no models yet; returns where the instance answers. */
  readonly announce: (address: string | undefined) => string | undefined
}

const unloadSeconds = 60

/** `mlDirectory` is the container's own path of the host's `ml` folder. Throws HostFailure. */
export async function openMultiModelFront(
  plan: ServePlan & { readonly multiModel: MultiModelPlan },
  host: Host,
  mlDirectory: string,
): Promise<MultiModelFront> {
  const directory = join(host.config.directory, hostFiles.ml, 'models')
  const { prefix, isCaching } = plan.multiModel
  checkPrefix(prefix)
  const files = modelFiles({
    client: host.objects,
    prefix,
    directory,
    isInUse: (target) => models.has(target),
    freeBytes: freeBytesOf,
  })
  const container = new ModelContainer()
  const metrics = loadingMetrics({
    client: metricsClient({
      endpoint: plan.endpoint,
      region: plan.region,
      credentials: host.config.credentials,
    }),
    endpointName: plan.name,
    variantName: plan.logStream.name.split('/', 1)[0] ?? '',
    now: () => new Date(),
  })
  const models: ResidentModels = new ResidentModels({
    ...residenceTimes,
    isCaching,
    measure: metrics.add,
    bring: async (target, signal) =>
      join(mlDirectory, 'models', await files.bring(target, AbortSignal.any([signal, host.stop])), 'model'),
    load: (target, url, signal) => container.load(modelId(target), url, signal),
    unload: async (target) => {
      await container.unload(modelId(target), AbortSignal.timeout(unloadSeconds * 1000))
    },
    discard: files.discard,
  })
  const front = await openFront({ container, models, log: host.log.line })
  return {
    announce(address) {
      container.address = address
      models.forgetAll()
      return address === undefined ? undefined : front.address
    },
    async [Symbol.asyncDispose]() {
      await front[Symbol.asyncDispose]()
      container[Symbol.dispose]()
      await metrics[Symbol.asyncDispose]()
    },
  }
}

async function freeBytesOf(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory)
  return bavail * bsize
}

function checkPrefix(prefix: string): void {
  try {
    parseS3Uri(prefix)
  } catch (error) {
    throw new HostFailure(`The models at ${prefix} cannot be used: ${messageOf(error)}`, { cause: error })
  }
}
