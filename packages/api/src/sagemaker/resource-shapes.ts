import { errorType } from '../errors.ts'
import { integer, list, oneOf, required, string, structure } from '../shape.ts'

// Shapes that several SageMaker resources share, with the limits and patterns of AWS's service model (2017-07-24).

/** A job's or endpoint's name. Endpoints and their configurations say `min: 0`. */
export const namePattern = '[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}'

export const RoleArn = string({
  min: 20,
  max: 2048,
  pattern: 'arn:aws[a-z\\-]*:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+',
})
/** Of any resource of this service: what tags hang on. */
export const ResourceArn = string({
  min: 0,
  max: 256,
  pattern: 'arn:aws[a-z-]*:sagemaker:[a-z0-9-]*:[0-9]{12}:.+',
})
/** AWS calls it `Url` for models and `S3Uri` for jobs; the limits are the same. */
export const S3Uri = string({ min: 0, max: 1024, pattern: '(https|s3)://([^/]+)/?(.*)' })
export const KmsKeyId = string({ min: 0, max: 2048, pattern: '[a-zA-Z0-9:/_-]*' })
/** AWS enumerates its types, and adds to them every month; their sizes stay, so a misspelt one is found here too. */
export const InstanceType = string({ pattern: 'ml\\.[a-z0-9-]+\\.(medium|large|[0-9]*xlarge|metal)' })
export const FailureReason = string({ min: 0, max: 1024 })

export const VpcConfig = structure({
  SecurityGroupIds: required(list(string({ min: 0, max: 32, pattern: '[-0-9a-zA-Z]+' }), { min: 1, max: 5 })),
  Subnets: required(list(string({ min: 0, max: 32, pattern: '[-0-9a-zA-Z]+' }), { min: 1, max: 16 })),
})

const tagPattern = '([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)'
export const TagKey = string({ min: 1, max: 128, pattern: tagPattern })
export const Tag = structure({
  Key: required(TagKey),
  Value: required(string({ min: 0, max: 256, pattern: tagPattern })),
})
export const TagList = list(Tag, { min: 0, max: 50 })

/** Members of every List operation's input. */
export const NextToken = string({ min: 0, max: 8192, pattern: '.*' })
export const MaxResults = integer({ min: 1, max: 100 })
export const SortOrder = oneOf('Ascending', 'Descending')
export const NameContains = string({ min: 0, max: 63, pattern: '[a-zA-Z0-9-]+' })

export const ResourceInUse = errorType('ResourceInUse', 400)
export const ResourceNotFound = errorType('ResourceNotFound', 400)
export const ResourceLimitExceeded = errorType('ResourceLimitExceeded', 400)
