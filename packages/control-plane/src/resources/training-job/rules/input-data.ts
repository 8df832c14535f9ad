import { ValidationException } from '@sagebrush/api'
import type { ObjectStore } from '../../../objects/store/object-store.ts'
import type { CreateTrainingJobInput } from '../record.ts'

/**
 * Throws ValidationException for a channel without any object, in AWS's words: they name whoever may not list the bucket,
 * too. Source: AWS's CreateTrainingJob.
 */
export async function checkInputData(
  { InputDataConfig = [], RoleArn }: Pick<CreateTrainingJobInput, 'InputDataConfig' | 'RoleArn'>,
  region: string,
  objects: Pick<ObjectStore, 'list'>,
): Promise<void> {
  for (const { DataSource } of InputDataConfig) {
    const uri = DataSource.S3DataSource?.S3Uri ?? ''
    const [, bucket = '', prefix = ''] = /^s3:\/\/([^/]+)\/?(.*)$/s.exec(uri) ?? []
    if ((await objects.list(bucket, { prefix, from: '', limit: 1 })).objects.length > 0) continue
    throw ValidationException(
      `No S3 objects found under S3 URL "${uri}" given in input data source. Please ensure that the bucket exists in the selected region (${region}), that objects exist under that S3 prefix, and that the role "${RoleArn}" has "s3:ListBucket" permissions on bucket "${bucket}".`,
    )
  }
}
