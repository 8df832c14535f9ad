import { ValidationException } from '@sagebrush/api'
import type { ObjectStore } from '../../objects/store/object-store.ts'
import type { Container } from './record.ts'

/**
 * Throws ValidationException where the object that a container's model comes from is not there. Prefixes may be filled
 * later. Source: AWS's CreateModel, `Could not find model data at s3://….`
 */
export async function checkModelData(
  containers: readonly Container[],
  objects: Pick<ObjectStore, 'head'>,
): Promise<void> {
  for (const uri of containers.flatMap(modelObjects)) {
    const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.+)$/s.exec(uri) ?? []
    if (key === '' || (await objects.head({ bucket, key }))) continue
    throw ValidationException(`Could not find model data at ${uri}.`)
  }
}

function modelObjects({ Mode, ModelDataUrl, ModelDataSource }: Container): string[] {
  const { S3DataType, S3Uri } = ModelDataSource?.S3DataSource ?? {}
  const uris = [
    ...(ModelDataUrl !== undefined && Mode !== 'MultiModel' ? [ModelDataUrl] : []),
    ...(S3Uri !== undefined && S3DataType === 'S3Object' ? [S3Uri] : []),
  ]
  return uris.filter((uri) => !uri.endsWith('/'))
}
