import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { TestHost, trainPlan } from './testing/test-host.ts'

const main = join(import.meta.dirname, '../dist/main.js')
let host: TestHost
beforeEach(async () => {
  host = await TestHost.create()
})
afterEach(() => host[Symbol.asyncDispose]())

/** As a compute backend starts it. */
async function runAgent(
  args = ['--host-directory', host.directory, '--container-engine', 'no-such-engine'],
): Promise<number | null> {
  const output = openSync(host.path('log', 'output.log'), 'a')
  const agent = spawn(process.execPath, [main, ...args], {
    stdio: ['ignore', output, output],
    env: { PATH: process.env.PATH, AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'secret' },
  })
  const [exitCode] = await once(agent, 'exit')
  return exitCode
}
const writePlan = (plan: unknown) => writeFileSync(host.path('plan.json'), JSON.stringify(plan))

it('claims the host, runs its plan and ends with a report, every line stored', async () => {
  writePlan(trainPlan(host, { image: 'example.com/my-image:1' }))
  expect(await runAgent()).toBe(0)
  const reason = `ClientError: the image "example.com/my-image:1" is none of AWS's TensorFlow images, so it needs a container engine, and none answers (no-such-engine is not installed). Install podman (Debian and Ubuntu: apt-get install podman) or Docker on the machine of the server, or name another engine with sagebrush serve --container-engine.`
  expect(host.report()).toMatchObject({ phase: 'exited', exitCode: 1, reason })
  expect(host.logLines()).toEqual([`sagebrush-agent: ${reason}`])
  expect(JSON.parse(readFileSync(host.path('claim'), 'utf8'))).toMatchObject({ pid: expect.any(Number) })
})

it('leaves a host alone that another agent has claimed', async () => {
  writePlan(trainPlan(host))
  writeFileSync(host.path('claim'), '')
  expect(await runAgent()).toBe(0)
  expect(host.output()).toBe('')
  expect(() => host.report()).toThrow('ENOENT')
})

it('reports a plan that it cannot read', async () => {
  writePlan({ kind: 'dance' })
  expect(await runAgent()).toBe(0)
  expect(host.report()).toMatchObject({
    reason: 'InternalServerError: the host plan is invalid: kind must be train or serve',
  })
})

it('says which flag is wrong', async () => {
  expect(await runAgent([])).toBe(1)
  expect(host.output()).toBe('sagebrush-agent: error: --host-directory is missing\n')
})
