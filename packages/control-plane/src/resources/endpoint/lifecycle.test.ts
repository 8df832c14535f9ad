import { expect, test } from 'vitest'
import type { HostState } from '../../compute/compute.ts'
import type { Wait } from '../../reconcile/life.ts'
import { type EndpointStep, isSettled, nextStep } from './lifecycle.ts'
import type { EndpointRecord, EndpointStatus, Instance, ServedVariant } from './record.ts'

const now = new Date('2026-11-21T12:00:00Z')
const secondsAgo = (seconds: number) => new Date(now.getTime() - seconds * 1000)
const inSeconds = (seconds: number) => secondsAgo(-seconds)

const variant: ServedVariant = {
  name: 'AllTraffic',
  weight: 1,
  modelName: 'm',
  image: 'tensorflow-inference:2.19.0-cpu',
  instanceType: 'ml.c5.xlarge',
  modelUri: 's3://b/model.tar.gz',
  environment: {},
}
const assigned: Instance = {
  groupId: 'serve-e-1',
  id: 'i-1',
  assignedAt: secondsAgo(100),
  notBefore: secondsAgo(100),
  failures: 0,
}
const started: Instance = { ...assigned, startedAt: secondsAgo(90) }
const serving: Instance = { ...started, address: '127.0.0.1:1', servingSince: secondsAgo(80) }

const endpoint = (status: EndpointStatus, instance?: Instance, changes: Partial<ServedVariant> = {}) => {
  const record: EndpointRecord = {
    name: 'e',
    arn: 'arn:aws:sagemaker:us-west-2:123456789012:endpoint/e',
    tags: [],
    region: 'us-west-2',
    account: '123456789012',
    createdAt: secondsAgo(200),
    modifiedAt: secondsAgo(200),
    status,
    request: { EndpointConfigName: 'c' },
    variant: { ...variant, ...changes },
    ...(instance ? { instance } : {}),
  }
  return record
}

type Running = Extract<HostState, { phase: 'running' }>
const running = (activity: Running['activity'], since = secondsAgo(10)): HostState => ({
  phase: 'running',
  activity,
  since,
})
const answering: HostState = { ...running('serving'), address: '127.0.0.1:1' } as HostState
const exited = (reason?: string): HostState => ({
  phase: 'exited',
  exitCode: 3,
  at: secondsAgo(1),
  ...(reason ? { reason } : {}),
})
const lost: HostState = { phase: 'lost', at: secondsAgo(5), reason: 'the agent is gone' }
const start: HostState = { phase: 'starting' }

type Case = [string, EndpointRecord, HostState | undefined, EndpointStep | Wait]
const container = 'The primary container for production variant AllTraffic'

test.each<Case>([
  ['a new endpoint', endpoint('Creating'), undefined, { do: 'assign', failures: 0, notBefore: now }],
  ['its instance has an id', endpoint('Creating', assigned), undefined, { do: 'start' }],
  ['started, and the record not yet written', endpoint('Creating', assigned), start, { do: 'start' }],
  [
    'an hour without room',
    endpoint('Creating', { ...assigned, assignedAt: secondsAgo(3600) }),
    undefined,
    { do: 'fail', reason: 'CapacityError: there was no room for the instance.' },
  ],
  ['on its way up', endpoint('Creating', started), start, { do: 'wait', until: inSeconds(210) }],
  [
    'never came up',
    endpoint('Creating', { ...started, startedAt: secondsAgo(300) }),
    start,
    { do: 'fail', reason: 'InternalServerError: the instance did not start in time.' },
  ],
  [
    'preparing its environment',
    endpoint('Creating', started),
    running('preparing'),
    { do: 'wait', until: inSeconds(3590) },
  ],
  [
    'preparing for too long',
    endpoint('Creating', started),
    running('preparing', secondsAgo(3600)),
    { do: 'fail', reason: 'InternalServerError: the environment was not ready within 3600 seconds.' },
  ],
  [
    'downloading for longer than the variant allows',
    endpoint('Creating', started, { downloadSeconds: 60 }),
    running('downloading', secondsAgo(61)),
    {
      do: 'fail',
      reason: `${container} did not get its model data within 60 seconds: s3://b/model.tar.gz`,
    },
  ],
  ['loading', endpoint('Creating', started), running('loading'), { do: 'wait', until: inSeconds(650) }],
  [
    'loading for longer than the variant allows',
    endpoint('Creating', started, { startupSeconds: 60 }),
    running('loading', secondsAgo(61)),
    { do: 'fail', reason: `${container} did not pass the ping health check within 60 seconds.` },
  ],
  ['answering', endpoint('Creating', started), answering, { do: 'serve', address: '127.0.0.1:1' }],
  [
    'ended with words of its own',
    endpoint('Creating', started),
    exited('ClientError: no model'),
    { do: 'fail', reason: 'ClientError: no model' },
  ],
  [
    'ended without a word',
    endpoint('Creating', started),
    exited(),
    {
      do: 'fail',
      reason: `${container} did not pass the ping health check: it ended with exit code 3. Please check the logs of this endpoint: /aws/sagemaker/Endpoints/e`,
    },
  ],
  [
    'lost while it is made',
    endpoint('Creating', started),
    lost,
    { do: 'assign', failures: 1, notBefore: now },
  ],
  [
    'lost for the third time while it is made',
    endpoint('Creating', { ...started, failures: 2 }),
    lost,
    { do: 'fail', reason: 'InternalServerError: the instance was lost: the agent is gone' },
  ],
  [
    'gone without a trace for the third time',
    endpoint('Creating', { ...started, failures: 2 }),
    undefined,
    { do: 'fail', reason: 'InternalServerError: the instance was lost: nothing is left of its host' },
  ],

  ['in service', endpoint('InService', serving), answering, { do: 'wait' }],
  [
    'another address after its model server was started again',
    endpoint('InService', { ...serving, address: '127.0.0.1:2' }),
    answering,
    { do: 'serve', address: '127.0.0.1:1' },
  ],
  [
    'its model server is being started again',
    endpoint('InService', serving),
    { ...running('loading'), message: 'killed by signal 9; it is started again' } as HostState,
    { do: 'serve', reason: 'killed by signal 9; it is started again' },
  ],
  [
    'it waits for its model server',
    endpoint('InService', started),
    running('loading'),
    { do: 'wait', until: inSeconds(3590) },
  ],
  [
    'its model server never comes back',
    endpoint('InService', started),
    running('loading', secondsAgo(3600)),
    {
      do: 'assign',
      failures: 1,
      notBefore: now,
      reason: 'The instance is replaced: it did not answer in time',
    },
  ],
  [
    'its instance died: the first replacement is immediate',
    endpoint('InService', serving),
    exited('killed by signal 9'),
    { do: 'assign', failures: 1, notBefore: now, reason: 'The instance is replaced: killed by signal 9' },
  ],
  [
    'the replacement died as well: it waits',
    endpoint('InService', { ...serving, failures: 1 }),
    exited(),
    {
      do: 'assign',
      failures: 2,
      notBefore: inSeconds(1),
      reason: 'The instance is replaced: it ended with exit code 3',
    },
  ],
  [
    'the tenth died: it waits as long as it ever will',
    endpoint('InService', { ...serving, failures: 9 }),
    lost,
    {
      do: 'assign',
      failures: 10,
      notBefore: inSeconds(60),
      reason: 'The instance is replaced: the agent is gone',
    },
  ],
  [
    'one that served long died',
    endpoint('InService', { ...serving, failures: 9, servingSince: secondsAgo(600) }),
    lost,
    { do: 'assign', failures: 0, notBefore: now, reason: 'The instance is replaced: the agent is gone' },
  ],
  [
    'a replacement before its time',
    endpoint('InService', { ...assigned, notBefore: inSeconds(5) }),
    undefined,
    { do: 'wait', until: inSeconds(5) },
  ],
  ['a replacement in its time', endpoint('InService', assigned), undefined, { do: 'start' }],

  ['failed, and its host lives', endpoint('Failed', started), running('loading'), { do: 'stop' }],
  ['failed, and its host has ended', endpoint('Failed', started), exited(), { do: 'remove' }],
  ['failed, and all is cleared away', endpoint('Failed'), undefined, { do: 'wait' }],

  ['deleted before it began', endpoint('Deleting'), undefined, { do: 'forget' }],
  ['deleted while it waits for room', endpoint('Deleting', assigned), undefined, { do: 'remove' }],
  ['deleted while it serves', endpoint('Deleting', serving), answering, { do: 'stop' }],
  [
    'it ends',
    endpoint('Deleting', { ...serving, stopAskedAt: secondsAgo(10) }),
    answering,
    { do: 'wait', until: inSeconds(35) },
  ],
  [
    'it does not end',
    endpoint('Deleting', { ...serving, stopAskedAt: secondsAgo(45) }),
    answering,
    { do: 'remove' },
  ],
  ['it has ended', endpoint('Deleting', { ...serving, stopAskedAt: now }), exited(), { do: 'remove' }],
])('%s', (_, record, seen, step) => {
  expect(nextStep(record, seen, now)).toEqual(step)
})

test('only a failed endpoint without anything on a host is settled', () => {
  const statuses: EndpointStatus[] = ['Creating', 'InService', 'Failed', 'Deleting']
  const settled = statuses
    .flatMap((status) => [endpoint(status), endpoint(status, started)])
    .filter(isSettled)
  expect(settled).toEqual([endpoint('Failed')])
})
