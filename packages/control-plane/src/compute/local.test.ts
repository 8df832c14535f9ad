import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type ComputeBench, computeContract, group, trainPlan, untilAll } from './compute.contract.ts'
import { LocalCompute } from './local.ts'
import { isRunning, processFacts } from './processes.ts'

const fixture = fileURLToPath(new URL('fixtures/host.mjs', import.meta.url))

interface Family {
  readonly pids: readonly number[]
  readonly environment: Readonly<Record<string, string>>
}

interface LocalBench extends ComputeBench {
  readonly compute: LocalCompute
  reopen(): Promise<LocalCompute>
  readonly directory: string
}

async function openBench(command = process.execPath): Promise<LocalBench> {
  const directory = await mkdtemp(join(tmpdir(), 'sagebrush-compute-'))
  const agent = { command, args: [fixture], environment: {} }
  const options = { directory, agent, maxTrainGroups: 2, pollSeconds: 0.1 }
  const opened = [await LocalCompute.open(options)]
  const reopen = async () => {
    const next = await LocalCompute.open(options)
    opened.push(next)
    return next
  }
  return {
    directory,
    compute: opened[0] as LocalCompute,
    reopen,
    async [Symbol.asyncDispose]() {
      const last = await reopen()
      for (const id of await readdir(directory)) if (!id.startsWith('.')) await last.remove(id)
      for (const compute of opened) await compute[Symbol.asyncDispose]()
      await rm(directory, { recursive: true })
    },
  }
}

computeContract('local processes', openBench)

let bench: LocalBench
beforeEach(async () => {
  bench = await openBench()
})
afterEach(() => bench[Symbol.asyncDispose]())

const fileOf = (id: string, name: string) => join(bench.directory, id, '0', name)

test('removing a group kills its whole family, also what left the session and outlived its parent', async () => {
  await bench.compute.start(group('train-a-1', [trainPlan('family')]))
  await untilAll(bench.compute, 'train-a-1', 'running')
  const { pids }: Family = JSON.parse(await readFile(fileOf('train-a-1', 'family.json'), 'utf8'))
  const family = await Promise.all(pids.map(processFacts))
  expect(family.filter((facts) => facts !== undefined)).toHaveLength(3)
  process.kill(pids[0] ?? 0, 'SIGKILL')
  await untilAll(bench.compute, 'train-a-1', 'lost')
  await bench.compute.remove('train-a-1')
  for (const facts of family) expect(facts && (await isRunning(facts))).toBe(false)
})

test('a claim whose number another process has now is not taken for a living agent', async () => {
  await bench.compute.start(group('train-a-1', [trainPlan('run')]))
  await untilAll(bench.compute, 'train-a-1', 'running')
  const agent = JSON.parse(await readFile(fileOf('train-a-1', 'claim'), 'utf8'))
  await writeFile(fileOf('train-a-1', 'claim'), JSON.stringify({ pid: process.pid, startTicks: '1' }))
  await untilAll(bench.compute, 'train-a-1', 'lost')
  await bench.compute.remove('train-a-1')
  expect(await isRunning(agent)).toBe(false)
})

test('a plan is for its owner alone, and its program gets nothing from this environment', async () => {
  await bench.compute.start(group('train-a-1', [trainPlan('family')]))
  await untilAll(bench.compute, 'train-a-1', 'running')
  expect((await stat(fileOf('train-a-1', 'plan.json'))).mode & 0o777).toBe(0o600)
  const { environment }: Family = JSON.parse(await readFile(fileOf('train-a-1', 'family.json'), 'utf8'))
  expect(environment).toMatchObject({ SAGEBRUSH_HOST_DIRECTORY: join(bench.directory, 'train-a-1', '0') })
  expect(environment).not.toHaveProperty('PATH')
})

test('a start that was cut off before its agent was noted is made good by the next', async () => {
  await bench.compute.start(group('train-a-1', [trainPlan('succeed')]))
  await untilAll(bench.compute, 'train-a-1', 'exited')
  for (const name of ['claim', 'started', 'report.json']) await rm(fileOf('train-a-1', name))
  const reopened = await bench.reopen()
  expect(await reopened.inspect('train-a-1')).toEqual([{ phase: 'starting' }])
  expect(await reopened.start(group('train-a-1', [trainPlan('succeed')]))).toBe('started')
  await untilAll(reopened, 'train-a-1', 'exited')
})

test('what a cut-off removal or start left behind is cleared away by the next server', async () => {
  await mkdir(join(bench.directory, '.removed-train-a-1', '0'), { recursive: true })
  await mkdir(join(bench.directory, '.new-train-b-1', '0'), { recursive: true })
  const reopened = await bench.reopen()
  await reopened[Symbol.asyncDispose]()
  expect(await readdir(bench.directory)).toEqual([])
})

test('folders that a program made unreadable are removed all the same', async () => {
  await bench.compute.start(group('train-a-1', [trainPlan('run')]))
  await mkdir(fileOf('train-a-1', 'ml/model/deep'), { recursive: true })
  await writeFile(fileOf('train-a-1', 'ml/model/deep/file'), 'x')
  await chmod(fileOf('train-a-1', 'ml/model'), 0o000)
  await bench.compute.remove('train-a-1')
  await bench.compute[Symbol.asyncDispose]()
  expect(await readdir(bench.directory)).toEqual([])
})

test('a start rejects when the agent cannot be run, and can be tried again', async () => {
  await using broken = await openBench('/no/such/program')
  await expect(broken.compute.start(group('train-a-1', [trainPlan('run')]))).rejects.toThrow('ENOENT')
  await expect(broken.compute.start(group('train-a-1', [trainPlan('run')]))).rejects.toThrow('ENOENT')
})
