import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { openServingBed, type Serving, type ServingBed } from './testing/serving-bed.ts'

let bed: ServingBed
let call: Serving
beforeAll(async () => {
  bed = await openServingBed()
})
afterAll(() => bed[Symbol.asyncDispose]())
beforeEach(() => {
  call = bed.fresh()
})

test('a serverless variant, and model data named as a source, are served alike', async () => {
  const source = { S3Uri: 's3://b/m.tgz', S3DataType: 'S3Object', CompressionType: 'Gzip' } as const
  await call.createModel({ PrimaryContainer: { Image: 'i', ModelDataSource: { S3DataSource: source } } })
  const serverless = {
    VariantName: 'V',
    ModelName: 'm',
    ServerlessConfig: { MemorySizeInMB: 2048, MaxConcurrency: 5 },
  }
  await call.createConfig({ ProductionVariants: [serverless] })
  await call.createEndpoint()
  expect((await call.endpoints.get('e'))?.value.variant).toEqual({
    name: 'V',
    weight: 1,
    modelName: 'm',
    image: 'i',
    instanceType: 'ml.serverless',
    modelUri: 's3://b/m.tgz',
    environment: {},
  })
})

test.each([
  [{}, true],
  [{ MultiModelConfig: { ModelCacheSetting: 'Enabled' } }, true],
  [{ MultiModelConfig: { ModelCacheSetting: 'Disabled' } }, false],
] as const)('an endpoint keeps where its many models lie: with %j cached: %s', async (more, isCaching) => {
  const many = { Image: 'i', Mode: 'MultiModel', ModelDataUrl: 's3://b/models/', ...more } as const
  await call.createModel({ PrimaryContainer: many })
  await call.createConfig()
  await call.createEndpoint()
  const stored = await call.endpoints.get('e')
  expect(stored?.value.variant.multiModel).toEqual({ prefix: 's3://b/models/', isCaching })
  expect(stored?.value.variant.modelUri).toBeUndefined()
})

test('a model that is not packed is served from its prefix', async () => {
  const source = { S3Uri: 's3://b/m', S3DataType: 'S3Prefix', CompressionType: 'None' } as const
  await call.createModel({ PrimaryContainer: { Image: 'i', ModelDataSource: { S3DataSource: source } } })
  await call.createConfig()
  await call.createEndpoint()
  expect((await call.endpoints.get('e'))?.value.variant.modelUri).toBe('s3://b/m/')
})
