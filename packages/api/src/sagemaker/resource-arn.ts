export interface Owner {
  readonly region: string
  /** Twelve digits. */
  readonly account: string
}

/** `resourceArn(owner, 'training-job', 'mnist')` → `arn:aws:sagemaker:us-west-2:123456789012:training-job/mnist` */
export function resourceArn(owner: Owner, kind: string, name: string): string {
  return `arn:${partitionOf(owner.region)}:sagemaker:${owner.region}:${owner.account}:${kind}/${name}`
}

/** Source: AWS's partition names by the prefix of the region. */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn'
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'
}
