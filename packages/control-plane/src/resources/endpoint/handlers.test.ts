import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { InputOf, sagemaker } from '@sagebrush/api'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { RequestContext } from '../../context.ts'
import type { ObjectName, StoredObject } from '../../objects/store/object-store.ts'
import { openDatabase, type SqliteDatabase } from '../../store/sqlite.ts'
import { sqliteCollection } from '../../store/sqlite-collection.ts'
import { endpointConfigHandlers } from '../endpoint-config/handlers.ts'
import type { EndpointConfigRecord } from '../endpoint-config/record.ts'
import { modelHandlers } from '../model/handlers.ts'
import type { ModelRecord } from '../model/record.ts'
import { endpointHandlers } from './handlers.ts'
import { endpointGroup } from './plan.ts'
import type { EndpointRecord } from './record.ts'

const now = new Date('2026-11-21T12:00:00Z')
const context: RequestContext = {
  requestId: 'r',
  region: 'eu-central-1',
  account: '123456789012',
  signal: new AbortController().signal,
}
const anyObject: StoredObject = {
  bucket: 'b',
  key: 'k',
  sizeBytes: 1,
  etag: 'e',
  modifiedAt: now,
  attributes: { contentHeaders: {}, metadata: {} },
}
const arn = (kind: string, name: string) => `arn:aws:sagemaker:eu-central-1:123456789012:${kind}/${name}`

let directory: string
let database: SqliteDatabase
let round = 0
let call: ReturnType<typeof openHandlers>
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sagebrush-resources-'))
  database = openDatabase(directory)
})
afterAll(async () => {
  database.close()
  await rm(directory, { recursive: true })
})
beforeEach(() => {
  call = openHandlers()
})

function openHandlers() {
  const forgotten: string[] = []
  round++
  const options = {
    models: sqliteCollection<ModelRecord>(database, `models-${round}`),
    endpointConfigs: sqliteCollection<EndpointConfigRecord>(database, `configs-${round}`),
    endpoints: sqliteCollection<EndpointRecord>(database, `endpoints-${round}`),
    tags: { forget: async (gone: string) => void forgotten.push(gone) },
    objects: {
      head: async ({ key }: ObjectName) => (key === 'gone.tgz' ? undefined : anyObject),
      list: async (_: string, { prefix }: { prefix: string }) => ({
        objects: prefix === 'gone/' ? [] : [anyObject],
        more: false,
      }),
    },
    clock: () => now,
  }
  return {
    ...modelHandlers(options),
    ...endpointConfigHandlers(options),
    ...endpointHandlers(options),
    endpoints: options.endpoints,
    models: options.models,
    forgotten,
  }
}

type ModelInput = InputOf<typeof sagemaker, 'CreateModel'>
type ConfigInput = InputOf<typeof sagemaker, 'CreateEndpointConfig'>
const container = {
  Image: '763104351884.dkr.ecr.eu-central-1.amazonaws.com/tensorflow-inference:2.19.0-cpu',
  ModelDataUrl: 's3://b/model.tar.gz',
  Environment: { SAGEMAKER_TFS_NGINX_LOGLEVEL: 'info' },
}
const variant = {
  VariantName: 'AllTraffic',
  ModelName: 'm',
  InitialInstanceCount: 1,
  InitialVariantWeight: 1,
  InstanceType: 'ml.c5.xlarge',
}

const createModel = (changes: Partial<ModelInput> = {}) =>
  call.CreateModel({ ModelName: 'm', PrimaryContainer: container, ...changes }, context)
const createConfig = (changes: Partial<ConfigInput> = {}) =>
  call.CreateEndpointConfig({ EndpointConfigName: 'c', ProductionVariants: [variant], ...changes }, context)
const createEndpoint = (name = 'e') =>
  call.CreateEndpoint({ EndpointName: name, EndpointConfigName: 'c' }, context)

test('a model is described as it was asked for, members that nobody here knows included', async () => {
  const role = 'arn:aws:iam::123456789012:role/R'
  const unknown = { DeploymentHints: [{ Zone: 'x' }] }
  const Tags = [{ Key: 'k', Value: 'v' }]
  expect(await createModel({ ExecutionRoleArn: role, Tags, ...unknown })).toEqual({
    ModelArn: arn('model', 'm'),
  })
  expect(await call.DescribeModel({ ModelName: 'm' }, context)).toEqual({
    ModelName: 'm',
    ModelArn: arn('model', 'm'),
    CreationTime: now,
    PrimaryContainer: container,
    ExecutionRoleArn: role,
    EnableNetworkIsolation: false,
    ...unknown,
  })
  expect((await call.models.get('m'))?.value.tags).toEqual(Tags)
})

test('a configuration is described as it was asked for', async () => {
  await createModel()
  const unknown = { DataCaptureConfig: { EnableCapture: true } }
  expect(await createConfig({ Tags: [], ...unknown })).toEqual({
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

test('a new endpoint is Creating, with all that its host will need', async () => {
  await createModel()
  await createConfig()
  expect(await createEndpoint()).toEqual({ EndpointArn: arn('endpoint', 'e') })
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
  await createModel()
  await createConfig()
  await createEndpoint()
  await call.DeleteEndpointConfig({ EndpointConfigName: 'c' }, context)
  await call.DeleteModel({ ModelName: 'm' }, context)
  expect(call.forgotten).toEqual([arn('endpoint-config', 'c'), arn('model', 'm')])
  expect(await call.DescribeEndpoint({ EndpointName: 'e' }, context)).toMatchObject({
    EndpointConfigName: 'c',
  })
  await expect(createEndpoint('e2')).rejects.toThrow(
    `Could not find endpoint configuration "${arn('endpoint-config', 'c')}".`,
  )
})

test('a serverless variant, and model data named as a source, are served alike', async () => {
  const source = { S3Uri: 's3://b/m.tgz', S3DataType: 'S3Object', CompressionType: 'Gzip' } as const
  await createModel({ PrimaryContainer: { Image: 'i', ModelDataSource: { S3DataSource: source } } })
  const serverless = {
    VariantName: 'V',
    ModelName: 'm',
    ServerlessConfig: { MemorySizeInMB: 2048, MaxConcurrency: 5 },
  }
  await createConfig({ ProductionVariants: [serverless] })
  await createEndpoint()
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

test('deleting writes the intent, and deleting again changes nothing', async () => {
  await createModel()
  await createConfig()
  await createEndpoint()
  for (let times = 0; times < 2; times++) await call.DeleteEndpoint({ EndpointName: 'e' }, context)
  expect(await call.DescribeEndpoint({ EndpointName: 'e' }, context)).toMatchObject({
    EndpointStatus: 'Deleting',
  })
  expect((await call.endpoints.get('e'))?.revision).toBe(2)
  await expect(createEndpoint()).rejects.toThrow(
    `Cannot create already existing endpoint "${arn('endpoint', 'e')}".`,
  )
})

test('what is there is listed', async () => {
  await createModel()
  await createConfig()
  await createEndpoint('a-1')
  await createEndpoint('b-1')
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

const two = [variant, { ...variant, VariantName: 'Other' }]
const { InstanceType: _type, ...untyped } = variant
test.each<[string, () => Promise<unknown>, string]>([
  [
    'a model of an unknown name',
    () => call.DescribeModel({ ModelName: 'x' }, context),
    `Could not find model "${arn('model', 'x')}".`,
  ],
  [
    'deleting a model that is not there',
    () => call.DeleteModel({ ModelName: 'x' }, context),
    `Could not find model "${arn('model', 'x')}".`,
  ],
  [
    'a model that is there',
    () => createModel(),
    `Cannot create already existing model "${arn('model', 'm')}".`,
  ],
  [
    'a model without a container',
    () => call.CreateModel({ ModelName: 'x' }, context),
    'A model needs a PrimaryContainer or Containers.',
  ],
  [
    'a model with both kinds of container',
    () => createModel({ ModelName: 'x', Containers: [container] }),
    'A model has either a PrimaryContainer or Containers, not both.',
  ],
  [
    'a container without an image',
    () => createModel({ ModelName: 'x', PrimaryContainer: {} }),
    'A container needs an Image.',
  ],
  [
    'a configuration of an unknown name',
    () => call.DescribeEndpointConfig({ EndpointConfigName: 'x' }, context),
    `Could not find endpoint configuration "${arn('endpoint-config', 'x')}".`,
  ],
  [
    'a configuration that is there',
    () => createConfig(),
    `Cannot create already existing endpoint configuration "${arn('endpoint-config', 'c')}".`,
  ],
  [
    'a variant of an unknown model',
    () => createConfig({ ProductionVariants: [{ ...variant, ModelName: 'x' }] }),
    `Could not find model "${arn('model', 'x')}".`,
  ],
  [
    'two variants',
    () => createConfig({ ProductionVariants: two }),
    'This server runs one production variant per endpoint, and ProductionVariants has 2.',
  ],
  [
    'two instances',
    () => createConfig({ ProductionVariants: [{ ...variant, InitialInstanceCount: 2 }] }),
    'This server runs one instance per variant, and production variant "AllTraffic" asks for 2.',
  ],
  [
    'a variant without an instance type',
    () => createConfig({ ProductionVariants: [untyped] }),
    'InstanceType and InitialInstanceCount are required for production variant "AllTraffic".',
  ],
  [
    'a shadow variant',
    () => createConfig({ ShadowProductionVariants: [variant] }),
    'This server does not run shadow variants: leave out ShadowProductionVariants.',
  ],
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
    () => call.DeleteModel({ ModelName: 'm' }, context).then(() => createEndpoint('x')),
    `Could not find model "${arn('model', 'm')}".`,
  ],
  [
    'an endpoint that is there',
    () => createEndpoint(),
    `Cannot create already existing endpoint "${arn('endpoint', 'e')}".`,
  ],
])('%s is a ValidationException', async (_, attempt, message) => {
  await createModel()
  await createConfig()
  await createEndpoint()
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
  await createModel(model)
  await expect(createConfig()).rejects.toThrow(
    expect.objectContaining({ code: 'ValidationException', message }),
  )
})

test.each([
  [{}, true],
  [{ MultiModelConfig: { ModelCacheSetting: 'Enabled' } }, true],
  [{ MultiModelConfig: { ModelCacheSetting: 'Disabled' } }, false],
] as const)('an endpoint keeps where its many models lie: with %j cached: %s', async (more, isCaching) => {
  const many = { Image: 'i', Mode: 'MultiModel', ModelDataUrl: 's3://b/models/', ...more } as const
  await createModel({ PrimaryContainer: many })
  await createConfig()
  await createEndpoint()
  const stored = await call.endpoints.get('e')
  expect(stored?.value.variant.multiModel).toEqual({ prefix: 's3://b/models/', isCaching })
  expect(stored?.value.variant.modelUri).toBeUndefined()
})

test('a container of many models needs to say where they lie', async () => {
  await expect(createModel({ PrimaryContainer: { Image: 'i', Mode: 'MultiModel' } })).rejects.toThrow(
    'A container of Mode MultiModel needs a ModelDataUrl: the prefix of its models.',
  )
})

test('a model that is not packed is served from its prefix', async () => {
  const source = { S3Uri: 's3://b/m', S3DataType: 'S3Prefix', CompressionType: 'None' } as const
  await createModel({ PrimaryContainer: { Image: 'i', ModelDataSource: { S3DataSource: source } } })
  await createConfig()
  await createEndpoint()
  expect((await call.endpoints.get('e'))?.value.variant.modelUri).toBe('s3://b/m/')
})

test.each<[string, ModelInput['PrimaryContainer']]>([
  ['an archive', { Image: 'i', ModelDataUrl: 's3://b/gone.tgz' }],
  [
    'a source',
    {
      Image: 'i',
      ModelDataSource: {
        S3DataSource: { S3Uri: 's3://b/gone.tgz', S3DataType: 'S3Object', CompressionType: 'Gzip' },
      },
    },
  ],
])('a model of %s that is not there is refused', async (_, PrimaryContainer) => {
  await expect(createModel({ PrimaryContainer })).rejects.toThrow(
    expect.objectContaining({
      code: 'ValidationException',
      message: 'Could not find model data at s3://b/gone.tgz.',
    }),
  )
})
