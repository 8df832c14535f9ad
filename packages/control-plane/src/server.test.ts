import { mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createClient, iam, logs, sagemaker, sts } from '@sagebrush/api'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { inputWithoutData } from './resources/training-job/testing/training-jobs.ts'
import { DirectoryInUse } from './store/sqlite.ts'
import { makeDataDirectory, type Platform, removeDataDirectory, startPlatform } from './testing/platform.ts'

let directory: string
let platform: Platform
beforeEach(async () => {
  directory = await makeDataDirectory()
  platform = await startPlatform(directory)
})
afterEach(async () => {
  await platform.server.close()
  await removeDataDirectory(directory)
})

const train = (TrainingJobName: string, behaviour: string) =>
  platform.sagemaker.CreateTrainingJob({
    ...inputWithoutData,
    TrainingJobName,
    Environment: { BEHAVIOUR: behaviour },
  })
const clientOptions = () => ({
  endpoint: platform.server.url,
  region: 'eu-west-1',
  credentials: platform.server.credentials,
})

test('every service answers on one port', async () => {
  await platform.s3.CreateBucket({ Bucket: 'bucket' })
  expect((await platform.s3.ListBuckets({})).Buckets).toMatchObject([{ Name: 'bucket' }])
  expect(await createClient(sts, clientOptions()).GetCallerIdentity({})).toMatchObject({
    Account: '123456789012',
  })
  expect((await createClient(iam, clientOptions()).GetRole({ RoleName: 'a' })).Role.RoleName).toBe('a')
  expect((await createClient(logs, clientOptions()).DescribeLogGroups({})).logGroups).toEqual([])
  expect(await platform.sagemaker.ListModels({})).toEqual({ Models: [] })
  expect(await platform.sagemaker.ListEndpoints({})).toEqual({ Endpoints: [] })
  expect(platform.lines).toEqual([])
})

test('a training job runs to its end, in any region', async () => {
  const client = createClient(sagemaker, clientOptions())
  const { TrainingJobArn } = await client.CreateTrainingJob({
    ...inputWithoutData,
    Environment: { BEHAVIOUR: 'succeed' },
  })
  expect(TrainingJobArn).toBe('arn:aws:sagemaker:eu-west-1:123456789012:training-job/mnist')
  expect(await platform.until('mnist', 'Completed')).toMatchObject({
    TrainingJobArn,
    SecondaryStatus: 'Completed',
  })
})

test('a job that has ended left nothing behind, and is gone at once when it is deleted', async () => {
  await train('mnist', 'family')
  await platform.sagemaker.StopTrainingJob({ TrainingJobName: 'mnist' })
  await platform.until('mnist', 'Stopped')
  expect((await readdir(join(directory, 'hosts'))).filter((name) => !name.startsWith('.'))).toEqual([])
  await platform.sagemaker.DeleteTrainingJob({ TrainingJobName: 'mnist' })
  expect(await platform.sagemaker.ListTrainingJobs({})).toEqual({ TrainingJobSummaries: [] })
  await train('mnist', 'succeed')
})

test('tags hang on every resource that is there', async () => {
  const { TrainingJobArn } = await train('mnist', 'run')
  await platform.sagemaker.AddTags({ ResourceArn: TrainingJobArn, Tags: [{ Key: 'a', Value: 'b' }] })
  expect(await platform.sagemaker.ListTags({ ResourceArn: TrainingJobArn })).toEqual({
    Tags: [{ Key: 'a', Value: 'b' }],
  })
  const ModelName = 'model'
  const { ModelArn } = await platform.sagemaker.CreateModel({
    ModelName,
    ExecutionRoleArn: inputWithoutData.RoleArn,
    PrimaryContainer: { Image: 'tensorflow-inference:2.19.0-cpu' },
    Tags: [{ Key: 'c', Value: 'd' }],
  })
  expect(await platform.sagemaker.ListTags({ ResourceArn: ModelArn })).toEqual({
    Tags: [{ Key: 'c', Value: 'd' }],
  })
})

test('wrong names, limits and states get the words of AWS', async () => {
  await expect(train('a_b', 'run')).rejects.toMatchObject({
    code: 'ValidationException',
    message:
      "1 validation error detected: Value 'a_b' at 'trainingJobName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}",
  })
  await expect(platform.sagemaker.DescribeTrainingJob({ TrainingJobName: 'none' })).rejects.toMatchObject({
    code: 'ValidationException',
    message: 'Requested resource not found.',
  })
})

test('who does not know the key is refused', async () => {
  const wrong = { ...platform.server.credentials, secretAccessKey: 'wrong' }
  const stranger = createClient(sagemaker, { ...clientOptions(), credentials: wrong })
  await expect(stranger.ListModels({})).rejects.toMatchObject({ code: 'InvalidSignatureException' })
  const nobody = createClient(sagemaker, { endpoint: platform.server.url, region: 'us-west-2' })
  await expect(nobody.ListModels({})).rejects.toMatchObject({ code: 'MissingAuthenticationTokenException' })
})

test('20 jobs at once all end', async () => {
  const names = Array.from({ length: 20 }, (_, n) => `job-${n}`)
  await Promise.all(names.map((name) => train(name, 'succeed')))
  for (const name of names) await platform.until(name, 'Completed')
  expect(platform.lines).toEqual([])
})

describe('a server that starts again', () => {
  const restart = async () => {
    await platform.server.close()
    platform = await startPlatform(directory)
  }

  test('knows all that it was told, listens where it did, and adopts the jobs that run', async () => {
    await train('runs', 'run')
    await platform.s3.CreateBucket({ Bucket: 'bucket' })
    const { url, credentials } = platform.server
    await restart()
    expect(platform.server).toMatchObject({ url, credentials })
    expect((await platform.s3.ListBuckets({})).Buckets).toMatchObject([{ Name: 'bucket' }])
    await platform.sagemaker.StopTrainingJob({ TrainingJobName: 'runs' })
    expect(await platform.until('runs', 'Stopped')).toMatchObject({ SecondaryStatus: 'Stopped' })
  })

  test('takes another port where its own is taken', async () => {
    const port = Number(new URL(platform.server.url).port)
    await platform.server.close()
    const other = createServer().listen(port, '127.0.0.1')
    platform = await startPlatform(directory)
    other.close()
    expect(platform.server.url).not.toBe(`http://127.0.0.1:${port}`)
    expect(await platform.sagemaker.ListModels({})).toEqual({ Models: [] })
  })
})

test('tells where it runs while it does', async () => {
  const path = join(directory, 'server.json')
  const { url, region, account } = platform.server
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ url, pid: process.pid, region, account })
  await platform.server.close()
  await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' })
})

test('a second server on the same data is told who has it, and leaves it as it is', async () => {
  const second = startPlatform(directory)
  await expect(second).rejects.toBeInstanceOf(DirectoryInUse)
  await expect(second).rejects.toThrow(
    `data directory ${directory} is in use by another server (process ${process.pid}, ${platform.server.url})`,
  )
  expect(await platform.sagemaker.ListModels({})).toEqual({ Models: [] })
  expect(await readdir(directory)).toContain('server.json')
})

test('a server that cannot listen closes what it had opened', async () => {
  const data = join(directory, 'other')
  await mkdir(data)
  const port = Number(new URL(platform.server.url).port)
  await expect(startPlatform(data, { port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  const later = await startPlatform(data)
  await later.server.close()
})

test('without authentication everybody on this machine is believed', async () => {
  const data = join(directory, 'open')
  const open = await startPlatform(data, { auth: 'none' })
  const nobody = createClient(sagemaker, { endpoint: open.server.url, region: 'us-west-2' })
  expect(await nobody.ListModels({})).toEqual({ Models: [] })
  await open.server.close()
})
