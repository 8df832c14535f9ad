import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Meter, ownPrograms, programsOf, type Usage } from './usage.ts'

let program: ChildProcess
beforeEach(async () => {
  program = spawn('/bin/sh', ['-c', 'while :; do /bin/true; done'], { stdio: 'ignore', detached: true })
  await once(program, 'spawn')
})
afterEach(() => void process.kill(-(program.pid ?? 0), 'SIGKILL'))

async function until(meter: Meter, holds: (usage: Usage) => boolean): Promise<Usage> {
  const deadline = Date.now() + 15_000
  for (;;) {
    const usage = await meter()
    if (usage !== undefined && holds(usage)) return usage
    if (Date.now() > deadline) throw new Error('waited in vain for some use of the machine')
    await delay(20)
  }
}

it.each<[string, () => Meter]>([
  ['its own programs', () => ownPrograms],
  ['any process, with what it starts', () => programsOf(async () => program.pid)],
])('counts processor time and memory of %s', async (_what, meter) => {
  const usage = await until(meter(), ({ cpuSeconds, memoryBytes }) => cpuSeconds > 0 && memoryBytes > 0)
  expect(usage.memoryBytes).toBeGreaterThan(10_000)
})

it('asks for a process until it is known', async () => {
  const asked: number[] = []
  const meter = programsOf(async () => {
    asked.push(0)
    if (asked.length === 2) throw new Error('not yet')
    return asked.length > 2 ? program.pid : undefined
  })
  expect(await meter()).toBeUndefined()
  expect(await meter()).toBeUndefined()
  await until(meter, ({ memoryBytes }) => memoryBytes > 0)
  expect(asked).toHaveLength(3)
})

it('sees nothing of a process that has gone', async () => {
  expect(await programsOf(async () => 2 ** 22 + 1)()).toBeUndefined()
})
