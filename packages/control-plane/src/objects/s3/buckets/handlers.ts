import { createHash } from 'node:crypto'
import {
  BucketAlreadyOwnedByYou,
  type Handlers,
  IllegalLocationConstraintException,
  type InputOf,
  type OutputOf,
  type s3,
} from '@sagebrush/api'
import type { RequestContext } from '../../../context.ts'
import { requireBucket, type S3Options } from '../access.ts'
import { fromToken, tokenOf } from '../listing/continuation-token.ts'
import { requireBucketName } from '../names.ts'

type BucketHandlers = Pick<
  Handlers<typeof s3, RequestContext>,
  'ListBuckets' | 'CreateBucket' | 'HeadBucket' | 'DeleteBucket' | 'GetBucketLocation' | 'GetBucketVersioning'
>

export function bucketHandlers(options: S3Options): BucketHandlers {
  return {
    ListBuckets: (input) => listBuckets(options, input),
    CreateBucket: (input, context) => createBucket(options, input, context),

    async HeadBucket({ Bucket, ExpectedBucketOwner }) {
      const { region } = await requireBucket(options, Bucket, ExpectedBucketOwner)
      return { BucketRegion: region, BucketArn: `arn:aws:s3:::${Bucket}`, AccessPointAlias: false }
    },

    async DeleteBucket({ Bucket, ExpectedBucketOwner }) {
      await requireBucket(options, Bucket, ExpectedBucketOwner)
      await options.store.buckets.deleteBucket(Bucket)
      return {}
    },

    async GetBucketLocation({ Bucket, ExpectedBucketOwner }) {
      const { region } = await requireBucket(options, Bucket, ExpectedBucketOwner)
      return region === 'us-east-1' ? {} : { LocationConstraint: region }
    },

    async GetBucketVersioning({ Bucket, ExpectedBucketOwner }) {
      await requireBucket(options, Bucket, ExpectedBucketOwner)
      return {}
    },
  }
}

async function listBuckets(
  { store, account }: S3Options,
  { Prefix, BucketRegion, MaxBuckets, ContinuationToken }: InputOf<typeof s3, 'ListBuckets'>,
): Promise<OutputOf<typeof s3, 'ListBuckets'>> {
  const from = ContinuationToken === undefined ? '' : fromToken(ContinuationToken)
  const all = await store.buckets.listBuckets()
  const found = all.filter(
    ({ name, region }) =>
      name >= from && name.startsWith(Prefix ?? '') && (BucketRegion ?? region) === region,
  )
  const next = found[MaxBuckets ?? found.length]
  return {
    Owner: ownerOf(account),
    Buckets: found
      .slice(0, MaxBuckets)
      .map(({ name, region, createdAt }) => ({ Name: name, CreationDate: createdAt, BucketRegion: region })),
    Prefix,
    ContinuationToken: next && tokenOf(next.name),
  }
}

async function createBucket(
  { store, clock }: S3Options,
  { Bucket, CreateBucketConfiguration }: InputOf<typeof s3, 'CreateBucket'>,
  context: RequestContext,
): Promise<OutputOf<typeof s3, 'CreateBucket'>> {
  requireBucketName(Bucket)
  const region = regionFor(CreateBucketConfiguration?.LocationConstraint, context.region)
  const isNew = await store.buckets.createBucket({ name: Bucket, region, createdAt: clock() })
  // The oldest region says yes to its own.
  if (!isNew && context.region !== 'us-east-1')
    throw BucketAlreadyOwnedByYou(
      'Your previous request to create the named bucket succeeded and you already own it.',
      { details: { BucketName: Bucket } },
    )
  return { Location: `/${Bucket}`, BucketArn: `arn:aws:s3:::${Bucket}` }
}

/** S3 names people by 64 hexadecimal digits. */
export function ownerOf(account: string) {
  return { ID: createHash('sha256').update(`sagebrush ${account}`).digest('hex'), DisplayName: account }
}

/**
 * A region's own endpoint makes buckets there and nowhere else; us-east-1's makes them anywhere. AWS also refuses a request
 * that names no region outside us-east-1; here it means the region that was signed for.
 * Throws IllegalLocationConstraintException.
 */
function regionFor(constraint: string | undefined, signedFor: string): string {
  const wanted = constraint === 'EU' ? 'eu-west-1' : constraint || signedFor
  if (wanted === signedFor || signedFor === 'us-east-1') return wanted
  throw IllegalLocationConstraintException(
    `The ${wanted} location constraint is incompatible for the region specific endpoint this request was sent to.`,
  )
}
