import { expect, test } from 'vitest'
import type { HostState } from '../../../compute/compute.ts'
import { describeTrainingJob } from '../describe.ts'
import type { TrainingJob } from '../record.ts'
import { at, newJob, trainingJob, transitionsOf } from '../testing/training-jobs.ts'
import { deadlineOf } from './deadlines.ts'
import { nextStep } from './lifecycle.ts'
import { afterInterrupt, afterRestart, afterRetirement, afterStart } from './progress.ts'

// Jobs that begin anew: spot capacity that is taken away, retries, and what becomes of their deadlines.

const training: HostState = { phase: 'running', activity: 'training', since: at(12) }
const takenAway: HostState = { phase: 'exited', exitCode: 143, at: at(60), interrupted: true, reason: 'x' }
const broken: HostState = { phase: 'exited', exitCode: 1, at: at(60), reason: 'InternalServerError: disk' }
const boom: HostState = { phase: 'exited', exitCode: 1, at: at(60), reason: 'AlgorithmError: boom' }
const succeeded: HostState = { phase: 'exited', exitCode: 0, at: at(60) }
const lost: HostState = { phase: 'lost', at: at(55), reason: 'no word' }

const spotRequest = {
  ...newJob.request,
  EnableManagedSpotTraining: true,
  StoppingCondition: { MaxRuntimeInSeconds: 3600, MaxWaitTimeInSeconds: 7200 },
}
const spot: TrainingJob = { ...trainingJob, request: spotRequest }
const asked: TrainingJob = { ...spot, interruptRequestedAt: at(50) }
const sent = afterInterrupt(asked, at(51))
const retrying: TrainingJob = {
  ...trainingJob,
  request: { ...newJob.request, RetryStrategy: { MaximumRetryAttempts: 1 } },
}
const failedOnce = { cause: 'error', trainingStartedAt: at(5), endedAt: at(9) } as const
const interrupted = { cause: 'interruption', trainingStartedAt: at(10), endedAt: at(60) } as const
const retire = (attempt: object) => ({ do: 'retire', attempt })
const conclude = (verdict: object) => ({ do: 'conclude', verdict: expect.objectContaining(verdict) })

test.each<[string, TrainingJob, readonly HostState[] | undefined, number, object]>([
  ['an interruption is asked for', asked, [training], 50, { do: 'interrupt' }],
  ['a stop is asked for as well', { ...asked, stopRequestedAt: at(50) }, [training], 50, { do: 'stop' }],
  ['the interruption was sent', sent, [training], 52, { do: 'wait', until: at(51 + 720) }],
  ['its program does not end', sent, [training], 51 + 720, retire({ ...interrupted, endedAt: at(771) })],
  ['its hosts were taken away', sent, [takenAway], 61, retire(interrupted)],
  ['they were, and nobody here had asked for it', spot, [takenAway], 61, retire(interrupted)],
  ['its host died of the interruption', sent, [lost], 61, retire({ ...interrupted, endedAt: at(55) })],
  ['its host died by itself', spot, [lost], 61, conclude({ status: 'Failed' })],
  ['it had completed already', sent, [succeeded], 61, conclude({ status: 'Completed' })],
  ['it had failed already', sent, [boom], 61, conclude({ status: 'Failed' })],
  [
    'a stop was asked for meanwhile',
    { ...sent, stopRequestedAt: at(52) },
    [takenAway],
    61,
    conclude({ stage: 'Stopped' }),
  ],
  ['the attempt is over', afterRetirement(sent, interrupted), undefined, 62, { do: 'restart' }],
  [
    'it waited too long for room',
    { ...newJob, request: spotRequest },
    undefined,
    7200,
    {
      do: 'conclude',
      verdict: { status: 'Stopped', stage: 'MaxWaitTimeExceeded', at: at(7200) },
    },
  ],
  ['there is room in time', { ...newJob, request: spotRequest }, undefined, 7199, { do: 'start' }],
  [
    'it trains when its waiting time is over',
    { ...spot, trainingStartedAt: at(7000) },
    [training],
    7200,
    { do: 'stop' },
  ],
  [
    'it ended after its waiting time',
    { ...spot, trainingStartedAt: at(7000) },
    [{ ...boom, at: at(7201) }],
    7202,
    conclude({ stage: 'MaxWaitTimeExceeded', at: at(7201) }),
  ],
  [
    'an internal error, and it may be retried',
    retrying,
    [broken],
    61,
    retire({ cause: 'error', trainingStartedAt: at(10), endedAt: at(60) }),
  ],
  [
    'a lost host, and it may be retried',
    retrying,
    [lost],
    61,
    retire(expect.objectContaining({ cause: 'error' })),
  ],
  [
    'hosts that vanished, likewise',
    retrying,
    undefined,
    61,
    retire(expect.objectContaining({ cause: 'error' })),
  ],
  ["an error of the program's", retrying, [boom], 61, conclude({ reason: 'AlgorithmError: boom' })],
  [
    'no retry is left',
    { ...retrying, attempts: [failedOnce] },
    [broken],
    61,
    conclude({ reason: 'InternalServerError: disk' }),
  ],
  [
    'an interruption is no retry',
    { ...retrying, attempts: [interrupted] },
    [broken],
    61,
    retire(expect.objectContaining({ cause: 'error' })),
  ],
  [
    'hosts taken away from a job without spot instances',
    trainingJob,
    [{ ...takenAway, reason: 'InternalServerError: the host was interrupted' }],
    61,
    conclude({ status: 'Failed', reason: 'InternalServerError: the host was interrupted' }),
  ],
])('%s', (_case, job, seen, seconds, expected) => {
  expect(nextStep(job, seen, at(seconds))).toEqual(expected)
})

test('an interrupted job starts again, in another group, with nothing left of the attempt but its times', () => {
  const again = afterRestart(afterRetirement(sent, interrupted), at(61))
  expect(again.group).toBe('train-mnist-1r1')
  expect(again.attempts).toEqual([interrupted])
  expect(again.transitions.map(({ stage }) => stage)).toEqual([
    'Starting',
    'Downloading',
    'Training',
    'Interrupted',
    'Starting',
  ])
  for (const name of ['startedAt', 'trainingStartedAt', 'interruptRequestedAt', 'interruptSentAt', 'retired'])
    expect(again).not.toHaveProperty(name)
  const third = afterRestart(
    afterRetirement(afterStart(again, at(62)), { ...interrupted, endedAt: at(70) }),
    at(71),
  )
  expect(third.group).toBe('train-mnist-1r2')
  expect(third.transitions.slice(-3).map(({ stage }) => stage)).toEqual([
    'Starting',
    'Interrupted',
    'Starting',
  ])
})

test('a retried job starts again without an interruption', () => {
  const again = afterRestart(afterRetirement(retrying, failedOnce), at(61))
  expect(again.transitions.slice(-2)).toMatchObject([
    { stage: 'Training' },
    { stage: 'Starting', message: 'Retrying after an internal error' },
  ])
})

test('training in all attempts counts against MaxRuntimeInSeconds and is billed', () => {
  const job: TrainingJob = {
    ...spot,
    attempts: [interrupted],
    trainingStartedAt: at(100),
    transitions: transitionsOf(['Starting', 0], ['Training', 100]),
  }
  expect(deadlineOf(job)).toEqual({ at: at(100 + 3600 - 50), stage: 'MaxRuntimeExceeded' })
  const end = { status: 'Completed', stage: 'Completed', at: at(130) } as const
  expect(describeTrainingJob({ ...job, end }, at(200))).toMatchObject({
    TrainingStartTime: at(10),
    TrainingTimeInSeconds: 80,
    BillableTimeInSeconds: 80,
  })
  const never = { ...job, trainingStartedAt: undefined }
  const { trainingStartedAt: _unused, ...pending } = never
  expect(describeTrainingJob({ ...pending, end }, at(200))).toMatchObject({ TrainingTimeInSeconds: 50 })
})
