import { expect, test } from 'vitest'
import type { TrainingJob } from '../record.ts'
import { at, newJob, trainingJob } from '../testing/training-jobs.ts'
import { updatedJob } from '../update.ts'
import { matchesPool, warmPoolOf } from './warm-pool.ts'

const kept = (seconds: number, job: TrainingJob = trainingJob): TrainingJob => ({
  ...job,
  request: {
    ...job.request,
    ResourceConfig: { ...job.request.ResourceConfig, KeepAlivePeriodInSeconds: seconds },
  },
})
const running = kept(600)
const ended: TrainingJob = { ...running, end: { status: 'Completed', stage: 'Completed', at: at(100) } }
const reused: TrainingJob = { ...ended, reusedBy: { job: 'next', at: at(150) } }

test.each<[string, TrainingJob, number, object | undefined]>([
  ['a job without a keep-alive period', trainingJob, 50, undefined],
  ['a period of nothing', kept(0), 50, undefined],
  ['a job that runs', running, 50, { Status: 'InUse' }],
  ['a job that has ended', ended, 160, { Status: 'Available', ResourceRetainedBillableTimeInSeconds: 60 }],
  ['a period that is over', ended, 700, { Status: 'Terminated', ResourceRetainedBillableTimeInSeconds: 600 }],
  [
    'instances that another job has taken over',
    reused,
    999,
    { Status: 'Reused', ReusedByJob: 'next', ResourceRetainedBillableTimeInSeconds: 50 },
  ],
  [
    'a job that never had instances',
    kept(600, { ...newJob, end: { status: 'Stopped', stage: 'Stopped', at: at(5) } }),
    6,
    { Status: 'Terminated', ResourceRetainedBillableTimeInSeconds: 0 },
  ],
])('the warm pool of %s', (_case, job, seconds, expected) => {
  expect(warmPoolOf(job, at(seconds))).toEqual(expected)
})

const update = (job: TrainingJob, seconds: number, now: number) =>
  updatedJob(
    job,
    { TrainingJobName: 'mnist', ResourceConfig: { KeepAlivePeriodInSeconds: seconds } },
    at(now),
  )

test.each<[string, TrainingJob, number, object | undefined]>([
  ['a longer period keeps the instances', update(ended, 1200, 200), 800, { Status: 'Available' }],
  [
    'a period of nothing gives them up',
    update(ended, 0, 200),
    201,
    { Status: 'Terminated', ResourceRetainedBillableTimeInSeconds: 100 },
  ],
  ['a period that is already over gives them up', update(ended, 50, 200), 201, { Status: 'Terminated' }],
  ['while the job runs, they are still in use', update(running, 0, 20), 50, { Status: 'InUse' }],
])('%s', (_case, job, seconds, expected) => {
  expect(warmPoolOf(job, at(seconds))).toMatchObject(expected ?? {})
})

test.each<[string, () => unknown, string]>([
  ['instances that are gone', () => update(ended, 1, 999), 'its warm pool is in status Terminated.'],
  ['instances of another job', () => update(reused, 1, 160), 'its warm pool is in status Reused.'],
  ['a job without a pool', () => update(trainingJob, 1, 20), 'its warm pool is not there.'],
  [
    'what no program reads any more',
    () => updatedJob(ended, { TrainingJobName: 'mnist', ProfilerConfig: {} }, at(200)),
    'it is in status Completed, and only its keep-alive period can be updated.',
  ],
])('an update of %s is refused', (_case, act, why) => {
  expect(act).toThrow(`The training job mnist cannot be updated: ${why}`)
})

test('what profiles and debugs can be changed while the job runs', () => {
  const settings = {
    ProfilerConfig: { DisableProfiler: true },
    RemoteDebugConfig: { EnableRemoteDebug: true },
  }
  const job = updatedJob(running, { TrainingJobName: 'mnist', ...settings }, at(30))
  expect(job.request).toMatchObject(settings)
  expect(job.modifiedAt).toEqual(at(30))
})

test.each<[string, Partial<TrainingJob['request']>, boolean]>([
  ['another image', { AlgorithmSpecification: { TrainingInputMode: 'File', TrainingImage: 'x' } }, true],
  ['no period of its own', { ResourceConfig: { ...newJob.request.ResourceConfig } }, true],
  ['the defaults spelled out', { EnableNetworkIsolation: false }, true],
  ['another role', { RoleArn: 'arn:aws:iam::123456789012:role/Other' }, false],
  ['another volume', { ResourceConfig: { ...newJob.request.ResourceConfig, VolumeSizeInGB: 31 } }, false],
  [
    'another type',
    { ResourceConfig: { ...newJob.request.ResourceConfig, InstanceType: 'ml.m5.xlarge' } },
    false,
  ],
  ['no network', { EnableNetworkIsolation: true }, false],
  ['a network of its own', { VpcConfig: { SecurityGroupIds: ['sg-1'], Subnets: ['s'] } }, false],
  ['spot instances', { EnableManagedSpotTraining: true }, false],
])('whether a job with %s matches', (_case, changes, expected) => {
  expect(matchesPool(ended, { ...newJob, request: { ...newJob.request, ...changes } })).toBe(expected)
})
