import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { HostPlan } from '@sagebrush/agent'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { group, trainPlan } from '../compute.contract.ts'
import { sizeOf } from './size.ts'
import { TrainQueue } from './train-queue.ts'

const GiB = 2 ** 30
const room = { cpus: 4, memoryBytes: 16 * GiB, gpus: 2 }
const machine = { room, gpus: ['0', '1'] }

let directory = ''
let queue: TrainQueue
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sagebrush-queue-'))
  const sharing = { machine, sizeOf: (type: string) => sizeOf(type, room) }
  queue = new TrainQueue({ directory, maxTrainGroups: 100, sharing })
})
afterEach(() => rm(directory, { recursive: true }))

const job = (id: string, instanceType: string, seconds = 0) =>
  group(`train-${id}-1`, [{ ...trainPlan('run'), instanceType }], seconds)

/** What a started group leaves on the disk: plans with their shares, and no report yet. */
async function begin(id: string, instanceType: string): Promise<HostPlan> {
  const asked = job(id, instanceType)
  const shares = await queue.enter(asked)
  if (shares === 'full') throw new Error(`${id} has no room`)
  const [plan] = asked.hosts.map((host, index) => ({
    ...host,
    ...(shares[index] && { share: shares[index] }),
  }))
  await mkdir(join(directory, asked.id, '0'), { recursive: true })
  await writeFile(join(directory, asked.id, '0', 'plan.json'), JSON.stringify(plan))
  return plan as HostPlan
}
const end = (id: string) => rm(join(directory, `train-${id}-1`), { recursive: true })

test('a host gets the share that its instance type says', async () => {
  expect((await begin('a', 'ml.m5.xlarge')).share).toEqual({
    cpus: 1,
    memoryLimitBytes: 16 * GiB,
    processLimit: 4096,
    gpus: [],
  })
})

test('jobs start until their shares fill the machine, and go on when one has ended', async () => {
  await begin('a', 'ml.m5.2xlarge')
  await begin('b', 'ml.m5.xlarge')
  expect(await queue.enter(job('c', 'ml.m5.2xlarge', 1))).toBe('full')
  expect(await queue.enter(job('d', 'ml.m5.large', 2))).toBe('full')
  expect(await queue.admitted()).toEqual([])
  await end('b')
  expect(await queue.admitted()).toEqual(['train-c-1'])
  queue.leave('train-c-1')
  expect(await queue.admitted()).toEqual(['train-d-1'])
})

test('a job of an instance that is larger than the machine runs, alone', async () => {
  await begin('a', 'ml.p4d.24xlarge')
  expect(await queue.enter(job('b', 'ml.t3.medium', 1))).toBe('full')
  await end('a')
  await begin('b', 'ml.t3.medium')
  expect(await queue.enter(job('c', 'ml.p4d.24xlarge', 2))).toBe('full')
})

test('each GPU belongs to one job at a time', async () => {
  expect((await begin('a', 'ml.g4dn.xlarge')).share?.gpus).toEqual(['0'])
  expect((await begin('b', 'ml.g4dn.xlarge')).share?.gpus).toEqual(['1'])
  expect((await begin('c', 'ml.m5.large')).share?.gpus).toEqual([])
  expect(await queue.enter(job('d', 'ml.g4dn.xlarge', 1))).toBe('full')
  await end('a')
  expect((await begin('d', 'ml.g4dn.xlarge')).share?.gpus).toEqual(['0'])
})

test('hosts of one group share one turn', async () => {
  const two = group('train-two-1', [trainPlan('run'), trainPlan('run')])
  const shares = await queue.enter(two)
  expect(shares).toHaveLength(2)
  const many = group(
    'train-many-1',
    Array.from({ length: 9 }, () => trainPlan('run')),
  )
  expect(await queue.enter(many)).toHaveLength(9)
})
