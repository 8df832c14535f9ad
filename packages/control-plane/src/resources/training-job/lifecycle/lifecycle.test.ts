import { expect, test } from 'vitest'
import type { HostState } from '../../../compute/compute.ts'
import type { Ending, TrainingJob } from '../record.ts'
import { at, newJob, trainingJob, transitionsOf } from '../testing/training-jobs.ts'
import { nextStep } from './lifecycle.ts'

const starting: HostState = { phase: 'starting' }
const training: HostState = { phase: 'running', activity: 'training', since: at(12) }
const uploading: HostState = { phase: 'running', activity: 'uploading', since: at(50) }
const succeeded: HostState = { phase: 'exited', exitCode: 0, at: at(60) }
const failed: HostState = { phase: 'exited', exitCode: 1, at: at(60), reason: 'AlgorithmError: boom' }
const lost: HostState = { phase: 'lost', at: at(55), reason: 'no word' }
const startedJob: TrainingJob = { ...newJob, startedAt: at(1) }
const stopAsked: TrainingJob = { ...trainingJob, stopRequestedAt: at(40) }
const stopSent: TrainingJob = { ...stopAsked, stopSentAt: at(41) }
const overdue: TrainingJob = { ...trainingJob, stopSentAt: at(3610) }
const uploadsInTime: TrainingJob = {
  ...trainingJob,
  transitions: [...trainingJob.transitions, ...transitionsOf(['Uploading', 3600])],
}
const late = (host: HostState, seconds: number) => ({ ...host, at: at(seconds) }) as HostState
const completed: Ending = { status: 'Completed', stage: 'Completed', at: at(60) }
const lostReason = 'InternalServerError: the host was lost: no word'

test.each<[string, TrainingJob, readonly HostState[] | undefined, number, object]>([
  ['a new job', newJob, undefined, 1, { do: 'start' }],
  ['a new job whose start was cut off', newJob, [starting], 1, { do: 'start' }],
  [
    'a job that waits for room',
    { ...newJob, transitions: transitionsOf(['Starting', 0], ['Pending', 1]) },
    undefined,
    5,
    { do: 'start' },
  ],
  [
    'a job that has waited for room for too long',
    {
      ...newJob,
      request: { ...newJob.request, StoppingCondition: { MaxPendingTimeInSeconds: 1800 } },
      transitions: transitionsOf(['Starting', 0], ['Pending', 10]),
    },
    undefined,
    1811,
    {
      do: 'conclude',
      verdict: {
        status: 'Stopped',
        stage: 'Stopped',
        at: at(1810),
        message: 'Training job pending time exceeded MaxPendingTimeInSeconds provided',
      },
    },
  ],
  [
    'a job that has not waited for too long',
    {
      ...newJob,
      request: { ...newJob.request, StoppingCondition: { MaxPendingTimeInSeconds: 1800 } },
      transitions: transitionsOf(['Starting', 0], ['Pending', 10]),
    },
    undefined,
    1809,
    { do: 'start' },
  ],
  [
    'stopped before its start',
    { ...newJob, stopRequestedAt: at(1) },
    undefined,
    2,
    { do: 'conclude', verdict: { status: 'Stopped', stage: 'Stopped', at: at(2) } },
  ],
  ['started, its host has not said a word', startedJob, [starting], 2, { do: 'wait' }],
  [
    'its host prepares and nothing is new',
    startedJob,
    [{ phase: 'running', activity: 'preparing', since: at(2) }],
    3,
    { do: 'wait' },
  ],
  [
    'its host says what it prepares',
    startedJob,
    [{ phase: 'running', activity: 'preparing', since: at(2), message: 'TensorFlow 2.19' }],
    3,
    {
      do: 'follow',
      report: {
        stage: 'Starting',
        since: at(2),
        message: 'Preparing the instances for training: TensorFlow 2.19',
      },
    },
  ],
  [
    'its host began to train',
    startedJob,
    [training],
    13,
    {
      do: 'follow',
      report: {
        stage: 'Training',
        since: at(12),
        message: 'Training image download completed. Training in progress.',
      },
    },
  ],
  [
    'its host says what it trains with',
    startedJob,
    [{ ...training, message: 'TensorFlow 2.19.0' } as HostState],
    13,
    {
      do: 'follow',
      report: {
        stage: 'Training',
        since: at(12),
        message: 'Training image download completed. Training in progress. TensorFlow 2.19.0',
      },
    },
  ],
  [
    'its host said at its end what it had trained with',
    trainingJob,
    [{ ...succeeded, environment: 'TensorFlow 2.19.0' } as HostState],
    70,
    { do: 'conclude', verdict: { ...completed, environment: 'TensorFlow 2.19.0' } },
  ],
  ['all as it was', trainingJob, [training], 30, { do: 'wait', until: at(3610) }],
  [
    'an old report',
    { ...trainingJob, transitions: transitionsOf(['Starting', 0], ['Uploading', 50]) },
    [training],
    51,
    { do: 'wait' },
  ],
  ['one of two hosts is slower', trainingJob, [uploading, training], 51, { do: 'wait', until: at(3610) }],
  [
    'one of two hosts has ended well',
    trainingJob,
    [succeeded, training],
    61,
    { do: 'wait', until: at(3610) },
  ],
  ['one of two hosts has failed', trainingJob, [failed, training], 61, { do: 'stop' }],
  ['one of two hosts is lost', trainingJob, [lost, training], 61, { do: 'stop' }],
  [
    'all exited with 0',
    trainingJob,
    [succeeded, late(succeeded, 65)],
    70,
    { do: 'conclude', verdict: { status: 'Completed', stage: 'Completed', at: at(65) } },
  ],
  [
    'all exited with 0 before anything was seen of it',
    startedJob,
    [succeeded],
    70,
    { do: 'conclude', verdict: { status: 'Completed', stage: 'Completed', at: at(60) } },
  ],
  [
    'two failed, the later one because it was stopped',
    { ...trainingJob, stopSentAt: at(61) },
    [late({ ...failed, reason: 'stopped' }, 63), failed],
    70,
    {
      do: 'conclude',
      verdict: { status: 'Failed', stage: 'Failed', at: at(63), reason: 'AlgorithmError: boom' },
    },
  ],
  [
    'one was lost before the other failed',
    { ...trainingJob, stopSentAt: at(61) },
    [failed, lost],
    70,
    { do: 'conclude', verdict: { status: 'Failed', stage: 'Failed', at: at(60), reason: lostReason } },
  ],
  [
    'its host is lost',
    trainingJob,
    [lost],
    61,
    { do: 'conclude', verdict: { status: 'Failed', stage: 'Failed', at: at(55), reason: lostReason } },
  ],
  [
    'its hosts have vanished',
    trainingJob,
    undefined,
    61,
    {
      do: 'conclude',
      verdict: {
        status: 'Failed',
        stage: 'Failed',
        at: at(61),
        reason: 'InternalServerError: the hosts of the training job are gone.',
      },
    },
  ],
  ['a stop is asked, hosts run', stopAsked, [training], 41, { do: 'stop' }],
  [
    'a stop is asked, hosts have not said a word',
    { ...startedJob, stopRequestedAt: at(2) },
    [starting],
    3,
    { do: 'stop' },
  ],
  ['the stop was sent, hosts still run', stopSent, [training], 42, { do: 'wait', until: at(41 + 3720) }],
  [
    'the stop was sent, artifacts go up',
    stopSent,
    [uploading],
    51,
    {
      do: 'follow',
      report: { stage: 'Uploading', since: at(50), message: 'Uploading generated training model' },
    },
  ],
  [
    'the stop was sent long ago',
    stopSent,
    [training],
    41 + 3720,
    { do: 'conclude', verdict: { status: 'Stopped', stage: 'Stopped', at: at(41 + 3720) } },
  ],
  [
    'a stop is asked, hosts exited with 0 after it',
    stopSent,
    [succeeded],
    61,
    { do: 'conclude', verdict: { status: 'Stopped', stage: 'Stopped', at: at(60) } },
  ],
  [
    'a stop is asked, hosts failed after it',
    stopSent,
    [failed],
    61,
    { do: 'conclude', verdict: { status: 'Stopped', stage: 'Stopped', at: at(60) } },
  ],
  [
    'a stop was asked before the exit, but never sent',
    stopAsked,
    [succeeded],
    61,
    { do: 'conclude', verdict: { status: 'Stopped', stage: 'Stopped', at: at(60) } },
  ],
  [
    'a stop is asked after the exit with 0',
    { ...trainingJob, stopRequestedAt: at(61) },
    [succeeded],
    62,
    { do: 'conclude', verdict: { status: 'Completed', stage: 'Completed', at: at(60) } },
  ],
  [
    'a stop is asked after the failure',
    { ...trainingJob, stopRequestedAt: at(61) },
    [failed],
    62,
    {
      do: 'conclude',
      verdict: { status: 'Failed', stage: 'Failed', at: at(60), reason: 'AlgorithmError: boom' },
    },
  ],
  [
    'a stop is asked and the host is lost',
    { ...trainingJob, stopRequestedAt: at(58) },
    [lost],
    62,
    { do: 'conclude', verdict: { status: 'Stopped', stage: 'Stopped', at: at(55) } },
  ],
  [
    'a stop is asked and the hosts have vanished',
    stopAsked,
    undefined,
    62,
    { do: 'conclude', verdict: { status: 'Stopped', stage: 'Stopped', at: at(62) } },
  ],
  ['past the deadline, hosts run', trainingJob, [training], 3610, { do: 'stop' }],
  [
    'past the deadline, artifacts go up since before it',
    uploadsInTime,
    [{ ...uploading, since: at(3600) }],
    3611,
    { do: 'wait' },
  ],
  [
    'past the deadline, all exited with 0 after the stop',
    overdue,
    [late(succeeded, 3620)],
    3621,
    { do: 'conclude', verdict: { status: 'Stopped', stage: 'MaxRuntimeExceeded', at: at(3620) } },
  ],
  [
    'past the deadline, killed after the stop',
    overdue,
    [late(failed, 3720)],
    3721,
    { do: 'conclude', verdict: { status: 'Stopped', stage: 'MaxRuntimeExceeded', at: at(3720) } },
  ],
  [
    'past the deadline, ended by itself while nobody looked',
    trainingJob,
    [late(succeeded, 3620)],
    4000,
    { do: 'conclude', verdict: { status: 'Stopped', stage: 'MaxRuntimeExceeded', at: at(3620) } },
  ],
  [
    'past the deadline, artifacts went up since before it',
    uploadsInTime,
    [late(succeeded, 3620)],
    3621,
    { do: 'conclude', verdict: { status: 'Completed', stage: 'Completed', at: at(3620) } },
  ],
  [
    'a stop was asked before the deadline, the end came after it',
    { ...stopSent, stopRequestedAt: at(3600) },
    [late(succeeded, 3620)],
    3621,
    { do: 'conclude', verdict: { status: 'Stopped', stage: 'Stopped', at: at(3620) } },
  ],
  [
    'a stop was asked after the deadline',
    { ...overdue, stopRequestedAt: at(3612) },
    [late(succeeded, 3620)],
    3621,
    { do: 'conclude', verdict: { status: 'Stopped', stage: 'MaxRuntimeExceeded', at: at(3620) } },
  ],
  [
    'hosts that ignore the deadline are given up',
    overdue,
    [training],
    3610 + 3720,
    {
      do: 'conclude',
      verdict: {
        status: 'Failed',
        stage: 'Failed',
        at: at(3610 + 3720),
        reason: 'InternalServerError: the hosts did not end when they were asked to.',
      },
    },
  ],
  [
    'it is decided how it ends',
    { ...trainingJob, verdict: completed },
    [training],
    61,
    { do: 'clear', verdict: completed },
  ],
  [
    'it is decided, and a stop is asked',
    { ...stopAsked, verdict: completed },
    undefined,
    61,
    { do: 'clear', verdict: completed },
  ],
  ['it has ended', { ...trainingJob, verdict: completed, end: completed }, undefined, 61, { do: 'wait' }],
])('%s', (_situation, job, seen, now, step) => {
  expect(nextStep(job, seen, at(now))).toEqual(step)
})
