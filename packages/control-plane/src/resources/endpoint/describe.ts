import type { OutputOf, sagemaker } from '@sagebrush/api'
import type { EndpointRecord } from './record.ts'

type Description = OutputOf<typeof sagemaker, 'DescribeEndpoint'>
type VariantSummary = NonNullable<Description['ProductionVariants']>[number]

export function describeEndpoint(endpoint: EndpointRecord): Description {
  const { request, status, reason } = endpoint
  return {
    ...request,
    EndpointName: endpoint.name,
    EndpointArn: endpoint.arn,
    ProductionVariants: [describeVariant(endpoint)],
    EndpointStatus: status,
    ...(status === 'Failed' && reason !== undefined ? { FailureReason: reason } : {}),
    CreationTime: endpoint.createdAt,
    LastModifiedTime: endpoint.modifiedAt,
  }
}

function describeVariant(endpoint: EndpointRecord): VariantSummary {
  const { variant, createdAt, instance } = endpoint
  return {
    VariantName: variant.name,
    DeployedImages: [
      { SpecifiedImage: variant.image, ResolvedImage: variant.image, ResolutionTime: createdAt },
    ],
    CurrentWeight: variant.weight,
    DesiredWeight: variant.weight,
    CurrentInstanceCount: instance?.address ? 1 : 0,
    DesiredInstanceCount: 1,
    ...variantStatus(endpoint),
  }
}

/** Says also of an endpoint in service why it has no instance just now. */
function variantStatus({ status, reason, instance }: EndpointRecord): Pick<VariantSummary, 'VariantStatus'> {
  const StartTime = instance ? { StartTime: instance.assignedAt } : {}
  if (status === 'Creating' || status === 'Deleting')
    return { VariantStatus: [{ Status: status, ...StartTime }] }
  if (status !== 'InService' || instance?.address) return {}
  const message = reason === undefined ? {} : { StatusMessage: reason }
  return { VariantStatus: [{ Status: 'Updating', ...message, ...StartTime }] }
}
