import { mkdtempSync, rmSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { nameOfGroup } from '../../compute/group-id.ts'
import { LocalCompute } from '../../compute/local.ts'
import { Reconciler } from '../../reconcile/reconciler.ts'
import type { Collection } from '../../store/collection.ts'
import { openDatabase, type SqliteDatabase } from '../../store/sqlite.ts'
import { sqliteCollection } from '../../store/sqlite-collection.ts'
import { trainingJobHandlers } from './handlers.ts'
import { trainingJobLife } from './life.ts'
import { statusOf, type TrainingJob } from './record.ts'
import { anyObjects, createInput } from './testing/training-jobs.ts'

// Jobs from creation to end, with real processes in place of the agent: see ../../compute/fixtures/host.mjs.

const fixture = fileURLToPath(new URL('../../compute/fixtures/host.mjs', import.meta.url))
const context = {
  requestId: 'r',
  region: 'us-west-2',
  account: '123456789012',
  signal: new AbortController().signal,
}
const clock = () => new Date()

interface Server extends AsyncDisposable {
  readonly jobs: Collection<TrainingJob>
  readonly handlers: ReturnType<typeof trainingJobHandlers>
  readonly compute: LocalCompute
}

let directory: string
let database: SqliteDatabase
let server: Server
let lines: string[]
let ids = 0
beforeEach(async () => {
  lines = []
  directory = mkdtempSync(join(tmpdir(), 'sagebrush-life-'))
  database = openDatabase(directory)
  server = await start()
})
afterEach(async () => {
  await server[Symbol.asyncDispose]()
  for (const id of await groups()) await server.compute.remove(id)
  await server.compute[Symbol.asyncDispose]()
  database.close()
  rmSync(directory, { recursive: true })
  expect(lines).toEqual([])
})

const groups = async () => (await readdir(join(directory, 'hosts'))).filter((name) => !name.startsWith('.'))

async function start(): Promise<Server> {
  const jobs = sqliteCollection<TrainingJob>(database, 'jobs')
  const tags = { forget: async () => {} }
  const agent = { command: process.execPath, args: [fixture], environment: {} }
  const compute = await LocalCompute.open({
    directory: join(directory, 'hosts'),
    agent,
    maxTrainGroups: 2,
    pollSeconds: 0.1,
  })
  const life = trainingJobLife({ jobs, compute, clock, endpoint: 'http://127.0.0.1:1' })
  const reconciler = new Reconciler(life, {
    clock,
    log: (line) => lines.push(line),
    hints: (signal) => hints(compute, signal),
  })
  return {
    jobs,
    compute,
    handlers: trainingJobHandlers({ jobs, tags, objects: anyObjects, clock, newId: () => String(++ids) }),
    async [Symbol.asyncDispose]() {
      await reconciler[Symbol.asyncDispose]()
      await compute[Symbol.asyncDispose]()
    },
  }
}

async function* hints(compute: LocalCompute, signal: AbortSignal): AsyncIterable<string> {
  for await (const id of compute.changes(signal)) yield nameOfGroup('train', id) ?? ''
}

const create = (name: string, behaviour: string, maxRuntime = 3600) =>
  server.handlers.CreateTrainingJob(
    {
      ...createInput,
      TrainingJobName: name,
      Environment: { BEHAVIOUR: behaviour },
      StoppingCondition: { MaxRuntimeInSeconds: maxRuntime },
    },
    context,
  )

/** Waits for a state of the record, looking again whenever it changes. */
async function until(name: string, reached: (job: TrainingJob) => boolean): Promise<TrainingJob> {
  const changes = server.jobs.changes(AbortSignal.timeout(30_000))
  const look = async () => (await server.jobs.get(name))?.value
  const now = await look()
  if (now && reached(now)) return now
  for await (const changed of changes) {
    const job = changed === name ? await look() : undefined
    if (job && reached(job)) return job
  }
  throw new Error(`${name} stays ${JSON.stringify(await look())}`)
}

const createWith = (name: string, behaviour: string, settings: object) =>
  server.handlers.CreateTrainingJob(
    { ...createInput, ...settings, TrainingJobName: name, Environment: { BEHAVIOUR: behaviour } },
    context,
  )

const hasEnded = (job: TrainingJob) => job.end !== undefined
const isTraining = (job: TrainingJob) => job.transitions.at(-1)?.stage === 'Training'
const isPending = (job: TrainingJob) => job.transitions.at(-1)?.stage === 'Pending'
const stages = (job: TrainingJob) => job.transitions.map((transition) => transition.stage)

test.each([
  ['succeed', 'Completed', undefined, ['Starting', 'Downloading', 'Training', 'Uploading', 'Completed']],
  ['fail', 'Failed', 'AlgorithmError: boom, exit code: 7', ['Starting', 'Failed']],
])(
  'a job whose program is to %s ends as %s and leaves nothing behind',
  async (behaviour, status, _reason, expected) => {
    await create('job', behaviour)
    const job = await until('job', hasEnded)
    expect(statusOf(job)).toBe(status)
    expect(stages(job)).toEqual(expected)
    expect(await groups()).toEqual([])
  },
)

test('a job that is told to stop is stopped', async () => {
  await create('job', 'run')
  await until('job', isTraining)
  await server.handlers.StopTrainingJob({ TrainingJobName: 'job' }, context)
  const job = await until('job', hasEnded)
  expect(statusOf(job)).toBe('Stopped')
  expect(stages(job)).toEqual(['Starting', 'Downloading', 'Training', 'Stopping', 'Stopped'])
})

test('a job that runs too long is stopped at its deadline', async () => {
  await create('job', 'run', 1)
  const job = await until('job', hasEnded)
  expect(statusOf(job)).toBe('Stopped')
  expect(stages(job).at(-1)).toBe('MaxRuntimeExceeded')
})

test('a job whose agent vanishes fails', async () => {
  await create('job', 'silent')
  const job = await until('job', hasEnded)
  expect(job.end).toMatchObject({
    status: 'Failed',
    reason: expect.stringMatching(/^InternalServerError: the host was lost: /),
  })
})

test('jobs beyond the room wait for their turn, the oldest first, and all end', async () => {
  for (const name of ['a', 'b']) await create(name, 'run')
  for (const name of ['a', 'b']) await until(name, isTraining)
  const names = ['z', 'y', 'x', 'w', 'v', 'u']
  for (const name of names) {
    await create(name, 'succeed')
    await until(name, isPending)
  }
  // One place alone comes free, and is handed on.
  await server.handlers.StopTrainingJob({ TrainingJobName: 'a' }, context)
  const ended = await Promise.all(names.map((name) => until(name, hasEnded)))
  expect(ended.map(statusOf)).toEqual(names.map(() => 'Completed'))
  const starts = ended.map((job) => job.startedAt?.getTime() ?? 0)
  expect(starts).toEqual([...starts].sort((a, b) => a - b))
})

test('a job that waits can be stopped, and says what it waits for', async () => {
  for (const name of ['a', 'b']) await create(name, 'run')
  for (const name of ['a', 'b']) await until(name, isTraining)
  await create('c', 'run')
  const waiting = await until('c', isPending)
  expect(waiting.transitions.at(-1)?.message).toMatch(/^Waiting for compute capacity/)
  await server.handlers.StopTrainingJob({ TrainingJobName: 'c' }, context)
  expect(statusOf(await until('c', hasEnded))).toBe('Stopped')
})

test('a new server adopts the job that runs, and finishes what ended while none was there', async () => {
  await create('runs', 'run')
  await create('ends', 'run')
  const before = await until('runs', isTraining)
  const { group } = await until('ends', isTraining)
  await server[Symbol.asyncDispose]()
  const meanwhile = await LocalCompute.open({
    directory: join(directory, 'hosts'),
    agent: { command: process.execPath, args: [], environment: {} },
    maxTrainGroups: 2,
  })
  await meanwhile.stop(group)
  await meanwhile[Symbol.asyncDispose]()
  server = await start()
  const ended = await until('ends', hasEnded)
  expect(ended.end).toMatchObject({ status: 'Failed', reason: 'AlgorithmError: stopped, exit code: 143' })
  expect((await server.jobs.get('runs'))?.value).toEqual(before)
  expect(await server.compute.inspect(before.group)).toMatchObject([{ phase: 'running' }])
})

const spot = (maxWait: number) => ({
  EnableManagedSpotTraining: true,
  StoppingCondition: { MaxRuntimeInSeconds: 1, MaxWaitTimeInSeconds: maxWait },
})

test('a spot job that is interrupted starts again, as often as it happens', async () => {
  await createWith('job', 'run', {
    EnableManagedSpotTraining: true,
    StoppingCondition: { MaxRuntimeInSeconds: 3600, MaxWaitTimeInSeconds: 3600 },
  })
  for (const attempt of [0, 1]) {
    await until('job', (job) => isTraining(job) && (job.attempts?.length ?? 0) === attempt)
    await server.handlers.InterruptTrainingJob({ TrainingJobName: 'job' }, context)
  }
  await until('job', (job) => isTraining(job) && job.attempts?.length === 2)
  await server.handlers.StopTrainingJob({ TrainingJobName: 'job' }, context)
  const job = await until('job', hasEnded)
  const once = ['Starting', 'Downloading', 'Training']
  const interrupted = [...once, 'Interrupted']
  expect(stages(job)).toEqual([...interrupted, ...interrupted, ...once, 'Stopping', 'Stopped'])
  expect(await groups()).toEqual([])
  await expect(server.handlers.InterruptTrainingJob({ TrainingJobName: 'job' }, context)).rejects.toThrow(
    'The training job job cannot be interrupted: it is in status Stopped.',
  )
})

test('a spot job that finds no room in time ends', async () => {
  for (const name of ['a', 'b']) await create(name, 'run')
  for (const name of ['a', 'b']) await until(name, isTraining)
  await createWith('job', 'run', spot(1))
  const job = await until('job', hasEnded)
  expect(stages(job)).toEqual(['Starting', 'Pending', 'MaxWaitTimeExceeded'])
  expect(statusOf(job)).toBe('Stopped')
})

test('a job that waits for room for too long is stopped, and says so', async () => {
  for (const name of ['a', 'b']) await create(name, 'run')
  for (const name of ['a', 'b']) await until(name, isTraining)
  await createWith('job', 'run', { StoppingCondition: { MaxPendingTimeInSeconds: 1 } })
  const job = await until('job', hasEnded)
  expect(stages(job)).toEqual(['Starting', 'Pending', 'Stopped'])
  expect(job.transitions.at(-1)?.message).toMatch(/MaxPendingTimeInSeconds/)
  expect(statusOf(job)).toBe('Stopped')
})

test('no job is interrupted that does not run on spot capacity', async () => {
  await create('job', 'run')
  await until('job', isTraining)
  await expect(server.handlers.InterruptTrainingJob({ TrainingJobName: 'job' }, context)).rejects.toThrow(
    'it was created without EnableManagedSpotTraining.',
  )
})

test('a job that fails by an internal error is tried again as often as its strategy says', async () => {
  await createWith('job', 'break', { RetryStrategy: { MaximumRetryAttempts: 2 } })
  const job = await until('job', hasEnded)
  expect(job.attempts?.map(({ cause }) => cause)).toEqual(['error', 'error'])
  expect(job.end).toMatchObject({ status: 'Failed', reason: 'InternalServerError: broken' })
})

test('a job takes over the warm pool of one that matches, once', async () => {
  const kept = { ResourceConfig: { ...createInput.ResourceConfig, KeepAlivePeriodInSeconds: 600 } }
  const status = async (name: string) =>
    (await server.handlers.DescribeTrainingJob({ TrainingJobName: name }, context)).WarmPoolStatus
  await createWith('first', 'succeed', kept)
  await until('first', hasEnded)
  expect(await status('first')).toMatchObject({ Status: 'Available' })
  await expect(server.handlers.DeleteTrainingJob({ TrainingJobName: 'first' }, context)).rejects.toThrow(
    'cannot be deleted while its warm pool is Available',
  )
  await create('second', 'succeed')
  await until('second', hasEnded)
  expect(await status('first')).toMatchObject({ Status: 'Reused', ReusedByJob: 'second' })
  await createWith('third', 'succeed', kept)
  await until('third', hasEnded)
  const { TrainingJobSummaries: available } = await server.handlers.ListTrainingJobs(
    { WarmPoolStatusEquals: 'Available' },
    context,
  )
  expect(available.map((job) => job.TrainingJobName)).toEqual(['third'])
  expect(available[0]?.WarmPoolStatus?.Status).toBe('Available')
})
