import { expect, test } from 'vitest'
import { describeEndpoint } from './describe.ts'
import type { EndpointRecord } from './record.ts'

const at = new Date('2026-11-21T12:00:00Z')
const instance = { groupId: 'serve-e-1', id: 'i-1', assignedAt: at, notBefore: at, failures: 0 }

type Facts = Partial<Pick<EndpointRecord, 'status' | 'reason' | 'instance'>>
const endpoint = (facts: Facts): EndpointRecord => ({
  name: 'e',
  arn: 'arn:aws:sagemaker:us-west-2:123456789012:endpoint/e',
  tags: [],
  region: 'us-west-2',
  account: '123456789012',
  createdAt: at,
  modifiedAt: at,
  status: 'InService',
  request: { EndpointConfigName: 'c' },
  variant: { name: 'V', weight: 1, modelName: 'm', image: 'i', instanceType: 't', environment: {} },
  ...facts,
})

test.each<[string, Facts, { FailureReason?: string; count: number; VariantStatus?: unknown }]>([
  ['being made', { status: 'Creating' }, { count: 0, VariantStatus: [{ Status: 'Creating' }] }],
  ['in service', { instance: { ...instance, address: '127.0.0.1:1' } }, { count: 1 }],
  [
    'in service, its instance being replaced',
    { instance, reason: 'killed by signal 9' },
    {
      count: 0,
      VariantStatus: [{ Status: 'Updating', StatusMessage: 'killed by signal 9', StartTime: at }],
    },
  ],
  ['failed', { status: 'Failed', reason: 'no model' }, { count: 0, FailureReason: 'no model' }],
  [
    'being deleted',
    { status: 'Deleting', instance },
    { count: 0, VariantStatus: [{ Status: 'Deleting', StartTime: at }] },
  ],
])('of an endpoint %s, it is told how many instances answer, and why not', (_, facts, told) => {
  const { ProductionVariants: [variant] = [], FailureReason } = describeEndpoint(endpoint(facts))
  expect({
    count: variant?.CurrentInstanceCount,
    ...(variant?.VariantStatus ? { VariantStatus: variant.VariantStatus } : {}),
    ...(FailureReason ? { FailureReason } : {}),
  }).toEqual(told)
})
