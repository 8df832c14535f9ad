import { expect, test } from 'vitest'
import type { HostState } from '../../../compute/compute.ts'
import { describeTrainingJob } from '../describe.ts'
import { planTrainingJob } from '../plan/plan.ts'
import type { TrainingJob } from '../record.ts'
import { at, createInput, newJob, trainingJob } from '../testing/training-jobs.ts'
import { nextStep } from './lifecycle.ts'

const metric = (name: string, value: number, seconds: number) => ({
  name,
  value,
  at: at(seconds).toISOString(),
})
const succeeded: HostState = {
  phase: 'exited',
  exitCode: 0,
  at: at(60),
  metrics: [metric('loss', 0.5, 50), metric('accuracy', 1, 51)],
}

test("a job's hosts look for the metrics that were asked for", () => {
  const MetricDefinitions = [{ Name: 'loss', Regex: 'loss: (\\S+)' }]
  const AlgorithmSpecification = {
    TrainingInputMode: 'File' as const,
    ...createInput.AlgorithmSpecification,
    MetricDefinitions,
  }
  const job = { ...newJob, request: { ...createInput, AlgorithmSpecification } }
  expect(planTrainingJob(job, 'http://127.0.0.1:8400').hosts).toEqual([
    expect.objectContaining({ metricDefinitions: [{ name: 'loss', regex: 'loss: (\\S+)' }] }),
  ])
})

test.each<[string, TrainingJob, HostState[], object]>([
  [
    'a job that succeeded',
    trainingJob,
    [succeeded],
    { stage: 'Completed', metrics: [metric('loss', 0.5, 50), metric('accuracy', 1, 51)] },
  ],
  [
    'a job that failed',
    trainingJob,
    [{ ...succeeded, exitCode: 1, reason: 'AlgorithmError: boom' }],
    { stage: 'Failed', metrics: [metric('loss', 0.5, 50), metric('accuracy', 1, 51)] },
  ],
  [
    'a job that was stopped',
    { ...trainingJob, stopRequestedAt: at(40), stopSentAt: at(41) },
    [succeeded],
    { stage: 'Stopped', metrics: [metric('loss', 0.5, 50), metric('accuracy', 1, 51)] },
  ],
  [
    'a job of several hosts: the one that spoke last',
    trainingJob,
    [{ ...succeeded, metrics: [metric('loss', 7, 55)] }, succeeded],
    { stage: 'Completed', metrics: [metric('loss', 7, 55), metric('accuracy', 1, 51)] },
  ],
])('the verdict on %s has the last values of its metrics', (_, job, seen, verdict) => {
  expect(nextStep(job, seen, at(61))).toMatchObject({ do: 'conclude', verdict })
})

test('a job that has ended is described with its metrics', () => {
  const metrics = [metric('loss', 0.5, 50)]
  const job: TrainingJob = {
    ...trainingJob,
    end: { status: 'Completed', stage: 'Completed', at: at(60), metrics },
  }
  expect(describeTrainingJob(job, at(70)).FinalMetricDataList).toEqual([
    { MetricName: 'loss', Value: 0.5, Timestamp: at(50) },
  ])
  expect(describeTrainingJob(trainingJob, at(70)).FinalMetricDataList).toEqual([])
})
