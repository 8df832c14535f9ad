import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { endpointGroup } from './plan.ts'
import {
  arn,
  container,
  context,
  now,
  openServingBed,
  type Serving,
  type ServingBed,
} from './testing/serving-bed.ts'

let bed: ServingBed
let call: Serving
beforeAll(async () => {
  bed = await openServingBed()
})
afterAll(() => bed[Symbol.asyncDispose]())
beforeEach(() => {
  call = bed.fresh()
})

test('a new endpoint is Creating, with all that its host will need', async () => {
  await call.createModel()
  await call.createConfig()
  expect(await call.createEndpoint()).toEqual({ EndpointArn: arn('endpoint', 'e') })
  expect(await call.DescribeEndpoint({ EndpointName: 'e' }, context)).toEqual({
    EndpointName: 'e',
    EndpointArn: arn('endpoint', 'e'),
    EndpointConfigName: 'c',
    EndpointStatus: 'Creating',
    CreationTime: now,
    LastModifiedTime: now,
    ProductionVariants: [
      {
        VariantName: 'AllTraffic',
        DeployedImages: [
          { SpecifiedImage: container.Image, ResolvedImage: container.Image, ResolutionTime: now },
        ],
        CurrentWeight: 1,
        DesiredWeight: 1,
        CurrentInstanceCount: 0,
        DesiredInstanceCount: 1,
        VariantStatus: [{ Status: 'Creating' }],
      },
    ],
  })
  const record = (await call.endpoints.get('e'))?.value
  const instance = { groupId: 'serve-e-1', id: 'i-1', assignedAt: now, notBefore: now, failures: 0 }
  expect(record && endpointGroup(record, instance, { serverUrl: 'http://127.0.0.1:8400' })).toEqual({
    id: 'serve-e-1',
    createdAt: now,
    hosts: [
      {
        kind: 'serve',
        name: 'e',
        arn: arn('endpoint', 'e'),
        region: 'eu-central-1',
        endpoint: 'http://127.0.0.1:8400',
        image: container.Image,
        instanceType: 'ml.c5.xlarge',
        modelUri: 's3://b/model.tar.gz',
        environment: { SAGEMAKER_TFS_NGINX_LOGLEVEL: 'info' },
        logStream: { group: '/aws/sagemaker/Endpoints/e', name: 'AllTraffic/i-1' },
      },
    ],
  })
})

test('an endpoint needs neither its model nor its configuration once it is there', async () => {
  await call.createModel()
  await call.createConfig()
  await call.createEndpoint()
  await call.DeleteEndpointConfig({ EndpointConfigName: 'c' }, context)
  await call.DeleteModel({ ModelName: 'm' }, context)
  expect(call.forgotten).toEqual([arn('endpoint-config', 'c'), arn('model', 'm')])
  expect(await call.DescribeEndpoint({ EndpointName: 'e' }, context)).toMatchObject({
    EndpointConfigName: 'c',
  })
  await expect(call.createEndpoint('e2')).rejects.toThrow(
    `Could not find endpoint configuration "${arn('endpoint-config', 'c')}".`,
  )
})

test('deleting writes the intent, and deleting again changes nothing', async () => {
  await call.createModel()
  await call.createConfig()
  await call.createEndpoint()
  for (let times = 0; times < 2; times++) await call.DeleteEndpoint({ EndpointName: 'e' }, context)
  expect(await call.DescribeEndpoint({ EndpointName: 'e' }, context)).toMatchObject({
    EndpointStatus: 'Deleting',
  })
  expect((await call.endpoints.get('e'))?.revision).toBe(2)
  await expect(call.createEndpoint()).rejects.toThrow(
    `Cannot create already existing endpoint "${arn('endpoint', 'e')}".`,
  )
})

test('what is there is listed', async () => {
  await call.createModel()
  await call.createConfig()
  await call.createEndpoint('a-1')
  await call.createEndpoint('b-1')
  expect(await call.ListModels({}, context)).toEqual({
    Models: [{ ModelName: 'm', ModelArn: arn('model', 'm'), CreationTime: now }],
  })
  expect(await call.ListEndpointConfigs({ NameContains: 'x' }, context)).toEqual({ EndpointConfigs: [] })
  const first = await call.ListEndpoints({ MaxResults: 1, StatusEquals: 'Creating' }, context)
  expect(first.Endpoints).toEqual([
    {
      EndpointName: 'b-1',
      EndpointArn: arn('endpoint', 'b-1'),
      EndpointStatus: 'Creating',
      CreationTime: now,
      LastModifiedTime: now,
    },
  ])
  const { NextToken } = first
  const second = await call.ListEndpoints({ MaxResults: 1, StatusEquals: 'Creating', NextToken }, context)
  expect(second.Endpoints.map((endpoint) => endpoint.EndpointName)).toEqual(['a-1'])
  expect(second).not.toHaveProperty('NextToken')
})

test.each<[string, () => Promise<unknown>, string]>([
  [
    'an endpoint of an unknown name',
    () => call.DescribeEndpoint({ EndpointName: 'x' }, context),
    `Could not find endpoint "${arn('endpoint', 'x')}".`,
  ],
  [
    'deleting an endpoint that is not there',
    () => call.DeleteEndpoint({ EndpointName: 'x' }, context),
    `Could not find endpoint "${arn('endpoint', 'x')}".`,
  ],
  [
    'an endpoint of an unknown configuration',
    () => call.CreateEndpoint({ EndpointName: 'x', EndpointConfigName: 'x' }, context),
    `Could not find endpoint configuration "${arn('endpoint-config', 'x')}".`,
  ],
  [
    'an endpoint whose model has gone',
    () => call.DeleteModel({ ModelName: 'm' }, context).then(() => call.createEndpoint('x')),
    `Could not find model "${arn('model', 'm')}".`,
  ],
  [
    'an endpoint that is there',
    () => call.createEndpoint(),
    `Cannot create already existing endpoint "${arn('endpoint', 'e')}".`,
  ],
])('%s is a ValidationException', async (_, attempt, message) => {
  await call.createModel()
  await call.createConfig()
  await call.createEndpoint()
  await expect(attempt()).rejects.toThrow(expect.objectContaining({ code: 'ValidationException', message }))
})
