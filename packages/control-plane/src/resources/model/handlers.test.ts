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

test('a model is described as it was asked for, members that nobody here knows included', async () => {
  const role = 'arn:aws:iam::123456789012:role/R'
  const unknown = { DeploymentHints: [{ Zone: 'x' }] }
  const Tags = [{ Key: 'k', Value: 'v' }]
  expect(await call.createModel({ ExecutionRoleArn: role, Tags, ...unknown })).toEqual({
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
    () => call.createModel(),
    `Cannot create already existing model "${arn('model', 'm')}".`,
  ],
  [
    'a model without a container',
    () => call.CreateModel({ ModelName: 'x' }, context),
    'A model needs a PrimaryContainer or Containers.',
  ],
  [
    'a model with both kinds of container',
    () => call.createModel({ ModelName: 'x', Containers: [container] }),
    'A model has either a PrimaryContainer or Containers, not both.',
  ],
  [
    'a container without an image',
    () => call.createModel({ ModelName: 'x', PrimaryContainer: {} }),
    'A container needs an Image.',
  ],
])('%s is a ValidationException', async (_, attempt, message) => {
  await call.createModel()
  await expect(attempt()).rejects.toThrow(expect.objectContaining({ code: 'ValidationException', message }))
})

test('a container of many models needs to say where they lie', async () => {
  await expect(call.createModel({ PrimaryContainer: { Image: 'i', Mode: 'MultiModel' } })).rejects.toThrow(
    'A container of Mode MultiModel needs a ModelDataUrl: the prefix of its models.',
  )
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
  await expect(call.createModel({ PrimaryContainer })).rejects.toThrow(
    expect.objectContaining({
      code: 'ValidationException',
      message: 'Could not find model data at s3://b/gone.tgz.',
    }),
  )
})
