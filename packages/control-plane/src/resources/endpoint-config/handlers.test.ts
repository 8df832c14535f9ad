import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  arn,
  container,
  context,
  type ModelInput,
  now,
  openServingBed,
  type Serving,
  type ServingBed,
  variant,
} from '../endpoint/testing/serving-bed.ts'

let bed: ServingBed
let call: Serving
beforeAll(async () => {
  bed = await openServingBed()
})
afterAll(() => bed[Symbol.asyncDispose]())
beforeEach(() => {
  call = bed.fresh()
})

test('a configuration is described as it was asked for', async () => {
  await call.createModel()
  const unknown = { DataCaptureConfig: { EnableCapture: true } }
  expect(await call.createConfig({ Tags: [], ...unknown })).toEqual({
    EndpointConfigArn: arn('endpoint-config', 'c'),
  })
  expect(await call.DescribeEndpointConfig({ EndpointConfigName: 'c' }, context)).toEqual({
    EndpointConfigName: 'c',
    EndpointConfigArn: arn('endpoint-config', 'c'),
    CreationTime: now,
    ProductionVariants: [variant],
    EnableNetworkIsolation: false,
    ...unknown,
  })
})

const two = [variant, { ...variant, VariantName: 'Other' }]
const { InstanceType: _type, ...untyped } = variant
test.each<[string, () => Promise<unknown>, string]>([
  [
    'a configuration of an unknown name',
    () => call.DescribeEndpointConfig({ EndpointConfigName: 'x' }, context),
    `Could not find endpoint configuration "${arn('endpoint-config', 'x')}".`,
  ],
  [
    'a configuration that is there',
    () => call.createConfig(),
    `Cannot create already existing endpoint configuration "${arn('endpoint-config', 'c')}".`,
  ],
  [
    'a variant of an unknown model',
    () => call.createConfig({ ProductionVariants: [{ ...variant, ModelName: 'x' }] }),
    `Could not find model "${arn('model', 'x')}".`,
  ],
  [
    'two variants',
    () => call.createConfig({ ProductionVariants: two }),
    'This server runs one production variant per endpoint, and ProductionVariants has 2.',
  ],
  [
    'two instances',
    () => call.createConfig({ ProductionVariants: [{ ...variant, InitialInstanceCount: 2 }] }),
    'This server runs one instance per variant, and production variant "AllTraffic" asks for 2.',
  ],
  [
    'a variant without an instance type',
    () => call.createConfig({ ProductionVariants: [untyped] }),
    'InstanceType and InitialInstanceCount are required for production variant "AllTraffic".',
  ],
  [
    'a shadow variant',
    () => call.createConfig({ ShadowProductionVariants: [variant] }),
    'This server does not run shadow variants: leave out ShadowProductionVariants.',
  ],
])('%s is a ValidationException', async (_, attempt, message) => {
  await call.createModel()
  await call.createConfig()
  await expect(attempt()).rejects.toThrow(expect.objectContaining({ code: 'ValidationException', message }))
})

const file = { S3Uri: 's3://b/m', S3DataType: 'S3Object', CompressionType: 'None' } as const
test.each<[string, Partial<ModelInput>, string]>([
  [
    'two containers',
    { PrimaryContainer: undefined, Containers: [container, container] },
    'This server runs one container per endpoint, and the model "m" has 2.',
  ],
  [
    'a model of one file',
    { PrimaryContainer: { Image: 'i', ModelDataSource: { S3DataSource: file } } },
    'This server takes model data as one S3Object compressed with Gzip or as an S3Prefix that is not compressed, and the ModelDataSource of "m" is S3Object with None.',
  ],
])('a configuration for %s is refused', async (_, model, message) => {
  await call.createModel(model)
  await expect(call.createConfig()).rejects.toThrow(
    expect.objectContaining({ code: 'ValidationException', message }),
  )
})
