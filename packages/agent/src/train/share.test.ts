import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { scriptPlan, TestHost } from '../testing/test-host.ts'

const MiB = 2 ** 20

let host: TestHost
beforeEach(async () => {
  host = await TestHost.create()
})
afterEach(() => host[Symbol.asyncDispose]())

describe('a job with a share of its machine', () => {
  it('sees its own GPUs', async () => {
    const share = { cpus: 1, memoryLimitBytes: 1024 * MiB, processLimit: 100, gpus: ['2', '3'] }
    const script = 'import os; print(os.environ["SM_NUM_GPUS"], os.environ["CUDA_VISIBLE_DEVICES"])'
    expect(await host.run(scriptPlan(host, { 'train.py': script }, { share }))).toMatchObject({ exitCode: 0 })
    expect(host.logLines()).toContain('2 2,3')
  })

  it('that takes more memory than it may is killed, and says why', async () => {
    const share = { cpus: 1, memoryLimitBytes: 96 * MiB, processLimit: 100 }
    const script = `
import time
taken = []
while True:
    taken.append(bytearray(10 * 2**20))
    time.sleep(0.02)`
    const report = await host.run(scriptPlan(host, { 'train.py': script }, { share }))
    expect(report).toMatchObject({
      exitCode: 1,
      reason: expect.stringContaining(
        'ExtraInfo "OutOfMemory: the program needed more than its 0.1 GiB of memory"',
      ),
    })
    expect(host.logLines()).toContainEqual(
      expect.stringMatching(/needed more than its .* \(ml\.c5\.xlarge\)$/),
    )
  })

  it('that forks without end is held to its processes', async () => {
    const share = { cpus: 1, memoryLimitBytes: 1024 * MiB, processLimit: 60 }
    const script = `
import subprocess
while True:
    subprocess.Popen(["sleep", "600"])`
    const report = await host.run(scriptPlan(host, { 'train.py': script }, { share }))
    expect(report).toMatchObject({
      exitCode: 1,
      reason: expect.stringContaining('ExtraInfo "the program had more than its 60 processes and threads"'),
    })
  })
})
