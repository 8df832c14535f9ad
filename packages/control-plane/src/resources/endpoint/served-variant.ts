import type { Variant } from '../endpoint-config/record.ts'
import { type Container, containersOf, type ModelRecord } from '../model/record.ts'
import type { ServedVariant } from './record.ts'

/** What an endpoint keeps of its configuration and its model. */
export function servedVariant(variant: Variant, model: ModelRecord): ServedVariant {
  const [container] = containersOf(model)
  const {
    ModelDataDownloadTimeoutInSeconds: download,
    ContainerStartupHealthCheckTimeoutInSeconds: startup,
  } = variant
  return {
    name: variant.VariantName,
    weight: variant.InitialVariantWeight ?? 1,
    modelName: model.name,
    image: container?.Image ?? '',
    instanceType: variant.InstanceType ?? 'ml.serverless',
    environment: container?.Environment ?? {},
    ...modelsOf(container),
    ...(model.request.EnableNetworkIsolation ? { isIsolated: true } : {}),
    ...(download === undefined ? {} : { downloadSeconds: download }),
    ...(startup === undefined ? {} : { startupSeconds: startup }),
  }
}

function modelsOf(container: Container | undefined): Pick<ServedVariant, 'modelUri' | 'multiModel'> {
  const source = container?.ModelDataSource?.S3DataSource
  const isPrefix = source?.S3DataType === 'S3Prefix' && !source.S3Uri.endsWith('/')
  const uri = container?.ModelDataUrl ?? (isPrefix ? `${source.S3Uri}/` : source?.S3Uri)
  if (uri === undefined) return {}
  if (container?.Mode !== 'MultiModel') return { modelUri: uri }
  const isCaching = container.MultiModelConfig?.ModelCacheSetting !== 'Disabled'
  return { multiModel: { prefix: uri, isCaching } }
}
