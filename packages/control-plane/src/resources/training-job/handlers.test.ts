import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import type { RequestContext } from '../../context.ts'
import type { Collection } from '../../store/collection.ts'
import { openDatabase } from '../../store/sqlite.ts'
import { sqliteCollection } from '../../store/sqlite-collection.ts'
import { type TrainingJobHandlers, trainingJobHandlers } from './handlers.ts'
import { afterEnd } from './lifecycle/progress.ts'
import type { TrainingJob } from './record.ts'
import { anyObjects, at, createInput } from './testing/training-jobs.ts'

const directory = mkdtempSync(join(tmpdir(), 'sagebrush-jobs-'))
const database = openDatabase(directory)
afterAll(() => {
  database.close()
  rmSync(directory, { recursive: true })
})

const context: RequestContext = {
  requestId: 'r',
  region: 'eu-west-1',
  account: '123456789012',
  signal: new AbortController().signal,
}
const arn = 'arn:aws:sagemaker:eu-west-1:123456789012:training-job/mnist'
const named = { TrainingJobName: 'mnist' }
const missing = { code: 'ValidationException', message: 'Requested resource not found.', httpStatus: 400 }

let jobs: Collection<TrainingJob>
let handlers: TrainingJobHandlers
let forgotten: string[]
let now: Date
let round = 0
beforeEach(() => {
  jobs = sqliteCollection<TrainingJob>(database, `jobs-${round++}`)
  forgotten = []
  now = at(0)
  let ids = 0
  handlers = trainingJobHandlers({
    jobs,
    tags: { forget: async (gone) => void forgotten.push(gone) },
    objects: anyObjects,
    clock: () => now,
    newId: () => String(++ids),
  })
})

const create = (changes = {}) => handlers.CreateTrainingJob({ ...createInput, ...changes }, context)
const describeJob = (input = named) => handlers.DescribeTrainingJob(input, context)
const list = (query = {}) => handlers.ListTrainingJobs(query, context)
const end = (status: 'Completed' | 'Failed' = 'Completed', reason?: string) =>
  jobs.update('mnist', (job) =>
    afterEnd(job, { status, stage: status, at: now, ...(reason === undefined ? {} : { reason }) }, now),
  )

describe('CreateTrainingJob', () => {
  test.each(['S3Prefix', 'ManifestFile'] as const)(
    'refuses a channel whose %s has no object',
    async (S3DataType) => {
      const S3DataSource = { S3DataType, S3Uri: 's3://nowhere/data' }
      await expect(
        create({ InputDataConfig: [{ ChannelName: 'training', DataSource: { S3DataSource } }] }),
      ).rejects.toMatchObject({
        code: 'ValidationException',
        message: `No S3 objects found under S3 URL "s3://nowhere/data" given in input data source. Please ensure that the bucket exists in the selected region (eu-west-1), that objects exist under that S3 prefix, and that the role "${createInput.RoleArn}" has "s3:ListBucket" permissions on bucket "nowhere".`,
      })
      expect(await jobs.list()).toEqual([])
    },
  )

  test('writes down what was asked, in the region of the request, and starts nothing', async () => {
    expect(await create({ Tags: [{ Key: 'a', Value: 'b' }] })).toEqual({ TrainingJobArn: arn })
    const job = (await jobs.get('mnist'))?.value
    expect(job).toMatchObject({
      arn,
      group: 'train-mnist-1',
      tags: [{ Key: 'a', Value: 'b' }],
      createdAt: at(0),
    })
    expect(job?.startedAt).toBeUndefined()
  })

  test('refuses a name that is taken', async () => {
    await create()
    await expect(create({ HyperParameters: {} })).rejects.toMatchObject({
      code: 'ResourceInUse',
      httpStatus: 400,
      message: `Training job names must be unique within an AWS account and region, and a training job with this name already exists (${arn})`,
    })
    expect((await jobs.get('mnist'))?.value.request.HyperParameters).toEqual(createInput.HyperParameters)
  })

  test('refuses what cannot run, and keeps nothing of it', async () => {
    await expect(create({ AlgorithmSpecification: undefined })).rejects.toMatchObject({
      code: 'ValidationException',
    })
    await expect(create({ Tags: [{ Key: 'aws:a', Value: '' }] })).rejects.toMatchObject({
      code: 'ValidationException',
    })
    expect(await jobs.list()).toEqual([])
  })

  test('takes the name of a deleted job again, with hosts of its own', async () => {
    await create()
    await end()
    await handlers.DeleteTrainingJob(named, context)
    await create()
    expect((await jobs.get('mnist'))?.value.group).toBe('train-mnist-2')
  })
})

describe('DescribeTrainingJob', () => {
  test('gives back the request as it came, with what clients read unasked', async () => {
    await create({
      Tags: [{ Key: 'a', Value: 'b' }],
      RetryStrategy: { MaximumRetryAttempts: 2 },
      ServerlessJobConfig: { X: [1] },
    })
    const { HyperParameters, InputDataConfig, RoleArn, ResourceConfig, StoppingCondition } = createInput
    const output = await describeJob()
    expect(output).toMatchObject({
      HyperParameters,
      InputDataConfig,
      RoleArn,
      ResourceConfig,
      StoppingCondition,
    })
    expect(output).toMatchObject({
      TrainingJobArn: arn,
      TrainingJobStatus: 'InProgress',
      SecondaryStatus: 'Starting',
      SecondaryStatusTransitions: [
        { Status: 'Starting', StartTime: at(0), StatusMessage: 'Preparing the instances for training' },
      ],
      OutputDataConfig: { KmsKeyId: '', S3OutputPath: 's3://bucket/models/' },
      ModelArtifacts: { S3ModelArtifacts: 's3://bucket/models/mnist/output/model.tar.gz' },
      EnableManagedSpotTraining: false,
      ProfilingStatus: 'Disabled',
      RetryStrategy: { MaximumRetryAttempts: 2 },
      ServerlessJobConfig: { X: [1] },
    })
    expect(output).not.toHaveProperty('Tags')
    expect(output).not.toHaveProperty('TrainingEndTime')
  })

  test('fills in the stopping condition that AWS takes where none is given', async () => {
    await create({ StoppingCondition: undefined })
    expect((await describeJob()).StoppingCondition).toEqual({ MaxRuntimeInSeconds: 86_400 })
  })

  test('tells how a job ended and how long it trained', async () => {
    await create()
    await jobs.update('mnist', (job) => ({ ...job, trainingStartedAt: at(10) }))
    now = at(72.4)
    await end('Failed', 'AlgorithmError: boom')
    expect(await describeJob()).toMatchObject({
      TrainingJobStatus: 'Failed',
      SecondaryStatus: 'Failed',
      FailureReason: 'AlgorithmError: boom',
      TrainingStartTime: at(10),
      TrainingEndTime: now,
      TrainingTimeInSeconds: 62,
      BillableTimeInSeconds: 62,
    })
  })
})

describe('a job that is not there', () => {
  test.each(['DescribeTrainingJob', 'StopTrainingJob', 'DeleteTrainingJob'] as const)(
    '%s',
    async (operation) => {
      await expect(handlers[operation](named, context)).rejects.toMatchObject(missing)
    },
  )
})

describe('StopTrainingJob', () => {
  test('notes the request once; Describe tells of it at once', async () => {
    await create()
    now = at(5)
    expect(await handlers.StopTrainingJob(named, context)).toEqual({})
    now = at(9)
    await handlers.StopTrainingJob(named, context)
    expect((await jobs.get('mnist'))?.value.stopRequestedAt).toEqual(at(5))
    expect(await describeJob()).toMatchObject({ TrainingJobStatus: 'Stopping', LastModifiedTime: at(5) })
  })

  test.each(['Completed', 'Failed'] as const)('refuses a job that is %s', async (status) => {
    await create()
    await end(status)
    await expect(handlers.StopTrainingJob(named, context)).rejects.toMatchObject({
      code: 'ValidationException',
      message: `The request was rejected because the training job is in status ${status}`,
    })
  })
})

describe('DeleteTrainingJob', () => {
  test('refuses a job that runs', async () => {
    await create()
    await expect(handlers.DeleteTrainingJob(named, context)).rejects.toMatchObject({
      code: 'ResourceInUse',
      message: `Training job ${arn} cannot be deleted in status InProgress`,
    })
  })

  test('forgets an ended job and its tags', async () => {
    await create()
    await end()
    await handlers.DeleteTrainingJob(named, context)
    await expect(describeJob()).rejects.toMatchObject(missing)
    expect(forgotten).toEqual([arn])
  })
})

describe('ListTrainingJobs', () => {
  beforeEach(async () => {
    for (const [index, name] of ['mnist', 'b', 'a'].entries()) {
      now = at(index)
      await create({ TrainingJobName: name })
    }
    now = at(10)
    await end()
  })
  const names = async (query: object) =>
    (await list(query)).TrainingJobSummaries.map((job) => job.TrainingJobName)

  test('tells of each job what AWS tells', async () => {
    expect((await list({ NameContains: 'mnist' })).TrainingJobSummaries).toEqual([
      {
        TrainingJobName: 'mnist',
        TrainingJobArn: arn,
        CreationTime: at(0),
        TrainingEndTime: at(10),
        LastModifiedTime: at(10),
        TrainingJobStatus: 'Completed',
        SecondaryStatus: 'Completed',
      },
    ])
  })

  test.each<[string, object, string[]]>([
    ['oldest first', {}, ['mnist', 'b', 'a']],
    ['by name', { SortBy: 'Name' }, ['a', 'b', 'mnist']],
    ['of one status', { StatusEquals: 'InProgress' }, ['b', 'a']],
    ['changed since', { LastModifiedTimeAfter: at(5) }, ['mnist']],
    ['with a warm pool', { WarmPoolStatusEquals: 'InUse' }, []],
  ])('%s', async (_case, query, expected) => {
    expect(await names(query)).toEqual(expected)
  })

  test('goes on where the last page ended', async () => {
    const { TrainingJobSummaries, NextToken } = await list({ MaxResults: 2 })
    expect(TrainingJobSummaries).toHaveLength(2)
    expect(await names({ MaxResults: 2, NextToken })).toEqual(['a'])
  })
})
