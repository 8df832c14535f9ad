import { expect, test } from 'vitest'
import type { Stage, TrainingJob } from '../record.ts'
import { at, newJob, trainingJob, transitionsOf } from '../testing/training-jobs.ts'
import { afterEnd, afterFull, afterReport, afterStart, afterStop } from './progress.ts'
import { stageMessages } from './stages.ts'

const stages = (job: TrainingJob) =>
  job.transitions.map(({ stage, from, to }) => [
    stage,
    ...[from, to].map((moment) => moment && (moment.getTime() - at(0).getTime()) / 1000),
  ])
const report = (stage: Stage, seconds: number, message = stageMessages[stage]) => ({
  stage,
  message,
  since: at(seconds),
})

test('a job that found no room waits, tells so, and stays the same while it does', () => {
  const waiting = afterFull(newJob, at(1))
  expect(stages(waiting)).toEqual([
    ['Starting', 0, 1],
    ['Pending', 1, undefined],
  ])
  expect(waiting.modifiedAt).toEqual(at(1))
  expect(afterFull(waiting, at(2))).toBe(waiting)
  expect(stages(afterStart(waiting, at(5)))).toEqual([
    ['Starting', 0, 1],
    ['Pending', 1, 5],
    ['Starting', 5, undefined],
  ])
})

test('training begins when a host fetches data', () => {
  const prepared = afterReport(afterStart(newJob, at(1)), report('Starting', 2, 'x'), at(3))
  expect(prepared.trainingStartedAt).toBeUndefined()
  expect(prepared.transitions).toMatchObject([{ stage: 'Starting', message: 'x', from: at(0) }])
  const downloading = afterReport(prepared, report('Downloading', 10), at(11))
  expect(downloading.trainingStartedAt).toEqual(at(10))
  expect(stages(downloading)).toEqual([
    ['Starting', 0, 10],
    ['Downloading', 10, undefined],
  ])
  expect(afterReport(downloading, report('Training', 12), at(12)).trainingStartedAt).toEqual(at(10))
})

test("a stage never begins before the one it follows, whatever the host's clock says", () => {
  const job = afterReport(
    { ...newJob, transitions: transitionsOf(['Starting', 0], ['Pending', 5]) },
    report('Training', 3),
    at(6),
  )
  expect(stages(job)).toEqual([
    ['Starting', 0, 5],
    ['Pending', 5, 5],
    ['Downloading', 5, 5],
    ['Training', 5, undefined],
  ])
})

test('a stop is a stage of its own, but not while artifacts go up', () => {
  expect(stages(afterStop(trainingJob, at(20))).at(-1)).toEqual(['Stopping', 20, undefined])
  const uploading = afterReport(trainingJob, report('Uploading', 20), at(20))
  const stopped = afterStop(uploading, at(21))
  expect(stopped.stopSentAt).toEqual(at(21))
  expect(stages(stopped).at(-1)).toEqual(['Uploading', 20, undefined])
})

test('the end closes every stage', () => {
  const job = afterEnd(trainingJob, { status: 'Failed', stage: 'Failed', at: at(30), reason: 'why' }, at(31))
  expect(stages(job)).toEqual([
    ['Starting', 0, 10],
    ['Downloading', 10, 12],
    ['Training', 12, 30],
    ['Failed', 30, 30],
  ])
  expect(job.end).toEqual({ status: 'Failed', stage: 'Failed', at: at(30), reason: 'why' })
  expect(job.modifiedAt).toEqual(at(31))
})

test.each<[string, TrainingJob, unknown[][]]>([
  [
    'everything was seen',
    {
      ...trainingJob,
      transitions: transitionsOf(['Starting', 0], ['Downloading', 10], ['Training', 12], ['Uploading', 25]),
    },
    [
      ['Starting', 0, 10],
      ['Downloading', 10, 12],
      ['Training', 12, 25],
      ['Uploading', 25, 30],
      ['Completed', 30, 30],
    ],
  ],
  [
    'uploading was not seen',
    trainingJob,
    [
      ['Starting', 0, 10],
      ['Downloading', 10, 12],
      ['Training', 12, 30],
      ['Uploading', 30, 30],
      ['Completed', 30, 30],
    ],
  ],
  [
    'nothing was seen',
    { ...newJob, startedAt: at(1) },
    [
      ['Starting', 0, 0],
      ['Downloading', 0, 0],
      ['Training', 0, 30],
      ['Uploading', 30, 30],
      ['Completed', 30, 30],
    ],
  ],
])('a completed job has been through every stage: %s', (_case, job, expected) => {
  const ended = afterEnd(job, { status: 'Completed', stage: 'Completed', at: at(30) }, at(30))
  expect(stages(ended)).toEqual(expected)
  expect(ended.trainingStartedAt).toBeDefined()
})

test.each([
  ['was seen', trainingJob],
  ['was too quick to be seen', newJob],
])('what trained is told, also when it %s', (_situation, job) => {
  const environment = 'TensorFlow 2.19.0 on Python 3.12.1'
  const ended = afterEnd(job, { status: 'Completed', stage: 'Completed', at: at(60), environment }, at(61))
  expect(ended.transitions.find(({ stage }) => stage === 'Training')?.message).toBe(
    `Training image download completed. Training in progress. ${environment}`,
  )
})
