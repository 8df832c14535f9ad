import { afterEach, beforeEach, expect, it } from 'vitest'
import { startProgram } from '../../process/program.ts'
import { TestHost, trainPlan } from '../../testing/test-host.ts'
import { measureHost, utilization } from './measure-host.ts'
import { ownPrograms } from './usage.ts'

let host: TestHost
beforeEach(async () => {
  host = await TestHost.create()
})
afterEach(() => host[Symbol.asyncDispose]())

it('tells utilization in percent, of every processor', () => {
  const before = { at: 1000, cpuSeconds: 5, memoryBytes: 0, diskUsed: 0 }
  const now = { at: 3000, cpuSeconds: 8, memoryBytes: 256, diskUsed: 0.25 }
  expect(utilization(before, now, 1024)).toEqual([
    { name: 'CPUUtilization', value: 150 },
    { name: 'MemoryUtilization', value: 25 },
    { name: 'DiskUtilization', value: 25 },
  ])
})

it('takes processes that have ended without a trace for nothing', () => {
  const before = { at: 1000, cpuSeconds: 5, memoryBytes: 1, diskUsed: 0 }
  expect(utilization(before, { ...before, at: 2000, cpuSeconds: 4 }, 1024)[0]?.value).toBe(0)
})

it('says nothing of memory where no program runs any more', () => {
  const look = { at: 1000, cpuSeconds: 5, memoryBytes: 0, diskUsed: 0 }
  const names = utilization(look, { ...look, at: 2000 }, 1024).map(({ name }) => name)
  expect(names).toEqual(['CPUUtilization', 'DiskUtilization'])
})

const measure = (said: string[]) =>
  measureHost({
    plan: trainPlan(host),
    directory: host.directory,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    meter: ownPrograms,
    say: (line) => said.push(line),
  })

it("stores what a program takes by the host's name, however short it is", async () => {
  const said: string[] = []
  const measured = measure(said)
  const program = await startProgram({
    program: '/bin/sh',
    args: ['-c', 'i=0; while [ $i -lt 100000 ]; do i=$((i + 1)); done'],
    directory: host.directory,
    environment: {},
    output: () => {},
  })
  await program.ended
  await measured[Symbol.asyncDispose]()
  const total = (name: string) =>
    Array.from(host.server.metrics, ([key, set]) =>
      key.startsWith(`job/algo-1/${name}/`) ? set.Sum : 0,
    ).reduce((sum, value) => sum + value, 0)
  expect(total('CPUUtilization')).toBeGreaterThan(0)
  expect(total('DiskUtilization')).toBeGreaterThan(0)
  expect(said).toEqual([])
})

it('does not wait for a server that is away', async () => {
  const said: string[] = []
  await host.server.close()
  const measured = measure(said)
  await measured[Symbol.asyncDispose]()
  expect(said).toEqual(['metrics of the host could not be stored: the server does not answer'])
})
