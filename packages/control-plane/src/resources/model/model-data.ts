import { ValidationException } from '@sagebrush/api'
import type { ObjectName, ObjectStore } from '../../objects/store/object-store.ts'
import type { Container } from './record.ts'

/**
 * Throws ValidationException where what a container's model comes from, an object or a prefix, is not there. Source: AWS's CreateModel, `Could not find model data at s3://….`
 */
export async function checkModelData(
  containers: readonly Container[],
  objects: Pick<ObjectStore, 'head' | 'list'>,
): Promise<void> {
  for (const uri of containers.flatMap(modelPlaces)) {
    const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.*)$/s.exec(uri) ?? []
    if (bucket === '' || (await isThere(objects, { bucket, key }))) continue
    throw ValidationException(`Could not find model data at ${uri}.`)
  }
}

async function isThere(
  objects: Pick<ObjectStore, 'head' | 'list'>,
  { bucket, key }: ObjectName,
): Promise<boolean> {
  if (key !== '' && !key.endsWith('/')) return (await objects.head({ bucket, key })) !== undefined
  return (await objects.list(bucket, { prefix: key, from: '', limit: 1 })).objects.length > 0
}

/** None of many models: they may come later. */
function modelPlaces({ Mode, ModelDataUrl, ModelDataSource }: Container): string[] {
  if (Mode === 'MultiModel') return []
  return [ModelDataUrl, ModelDataSource?.S3DataSource?.S3Uri].filter((uri) => uri !== undefined)
}
