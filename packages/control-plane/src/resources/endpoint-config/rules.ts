import { ValidationException } from '@sagebrush/api'
import { containersOf, type ModelRecord } from '../model/record.ts'
import type { EndpointConfigRecord, Variant } from './record.ts'

type Request = EndpointConfigRecord['request']

/** The one variant of a configuration that can be run here. Throws ValidationException, which says why it cannot. */
export function onlyVariant({ ProductionVariants, ShadowProductionVariants }: Request): Variant {
  const [variant] = ProductionVariants
  if (!variant || ProductionVariants.length > 1) {
    throw ValidationException(
      `This server runs one production variant per endpoint, and ProductionVariants has ${ProductionVariants.length}.`,
    )
  }
  if (ShadowProductionVariants) {
    throw ValidationException('This server does not run shadow variants: leave out ShadowProductionVariants.')
  }
  checkInstances(variant)
  return variant
}

function checkInstances(variant: Variant): void {
  const name = `production variant "${variant.VariantName}"`
  if (variant.ServerlessConfig) {
    if (variant.InstanceType !== undefined || variant.InitialInstanceCount !== undefined) {
      throw ValidationException(
        `A serverless variant has neither InstanceType nor InitialInstanceCount: ${name}.`,
      )
    }
    return
  }
  if (variant.InstanceType === undefined || variant.InitialInstanceCount === undefined) {
    throw ValidationException(`InstanceType and InitialInstanceCount are required for ${name}.`)
  }
  if (variant.InitialInstanceCount > 1) {
    throw ValidationException(
      `This server runs one instance per variant, and ${name} asks for ${variant.InitialInstanceCount}.`,
    )
  }
}

/** Throws ValidationException for a model that no endpoint here can serve. */
export function checkServable(model: ModelRecord): void {
  const containers = containersOf(model)
  const [container] = containers
  if (!container || containers.length > 1) {
    throw ValidationException(
      `This server runs one container per endpoint, and the model "${model.name}" has ${containers.length}.`,
    )
  }
  if (container.Mode === 'MultiModel') return
  const source = container.ModelDataSource?.S3DataSource
  const isServed = source?.CompressionType === (source?.S3DataType === 'S3Object' ? 'Gzip' : 'None')
  if (source && !isServed) {
    throw ValidationException(
      `This server takes model data as one S3Object compressed with Gzip or as an S3Prefix that is not compressed, and the ModelDataSource of "${model.name}" is ${source.S3DataType} with ${source.CompressionType}.`,
    )
  }
}
