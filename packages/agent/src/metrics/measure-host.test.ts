import { afterEach, beforeEach, expect, it } from 'vitest'
import { startProgram } from '../process/program.ts'
import { poll, TestHost, trainPlan } from '../testing/test-host.ts'
import { measureHost, utilization } from './measure-host.ts'

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

it("stores what a program takes, by the host's name", async () => {
  const said: string[] = []
  const program = await startProgram({
    program: '/bin/sh',
    args: ['-c', 'while :; do :; done'],
    directory: host.directory,
    environment: {},
    output: () => {},
  })
  const measured = measureHost({
    plan: trainPlan(host),
    directory: host.directory,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    say: (line) => said.push(line),
    everyMilliseconds: 50,
  })
  const total = (name: string) =>
    Array.from(host.server.metrics, ([key, set]) =>
      key.startsWith(`job/algo-1/${name}/`) ? set.Sum : 0,
    ).reduce((sum, value) => sum + value, 0)
  await poll('a measurement', () => (total('CPUUtilization') > 0 ? true : undefined))
  program.stop(0)
  await program.ended
  await measured[Symbol.asyncDispose]()
  expect(total('MemoryUtilization')).toBeGreaterThan(0)
  expect(total('DiskUtilization')).toBeGreaterThan(0)
  expect(said).toEqual([])
})
