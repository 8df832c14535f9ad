import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createClient, sagemaker } from '@sagebrush/api'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { inputWithoutData } from './resources/training-job/testing/training-jobs.ts'
import { hostProgram, makeDataDirectory, removeDataDirectory, startPlatform } from './testing/platform.ts'

// Servers that are killed in the middle of their work: each runs `dist` in a process of its own.

const serve = fileURLToPath(new URL('testing/serve.mjs', import.meta.url))

let directory: string
beforeEach(async () => {
  directory = await makeDataDirectory()
})
afterEach(() => removeDataDirectory(directory))

/** A server that is killed when its user is done with it. */
async function startVictim() {
  const child = spawn(process.execPath, [serve, directory, hostProgram], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [url] = await once(createInterface(child.stdout), 'line')
  const credentials = JSON.parse(await readFile(join(directory, 'credentials.json'), 'utf8'))
  return {
    sagemaker: createClient(sagemaker, {
      endpoint: String(url),
      region: 'us-west-2',
      credentials,
      attempts: 1,
    }),
    [Symbol.asyncDispose]: () => killed(child),
  }
}

async function killed(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'close')
}

const job = (TrainingJobName: string, BEHAVIOUR: string) => ({
  ...inputWithoutData,
  TrainingJobName,
  Environment: { BEHAVIOUR, RUNS: join(directory, 'runs') },
})
const runs = async () => (await readFile(join(directory, 'runs'), 'utf8')).trim().split('\n').sort()

test('a job that runs when the server is killed is adopted and stopped by the next', async () => {
  {
    await using victim = await startVictim()
    await victim.sagemaker.CreateTrainingJob(job('runs', 'run'))
    for (let status = ''; status !== 'Training'; await delay(10)) {
      status = (await victim.sagemaker.DescribeTrainingJob({ TrainingJobName: 'runs' })).SecondaryStatus
    }
  }
  await using platform = await startPlatform(directory)
  await platform.sagemaker.StopTrainingJob({ TrainingJobName: 'runs' })
  await platform.until('runs', 'Stopped')
  expect(await runs()).toEqual(['runs'])
})

test('whenever servers are killed, what was acknowledged runs once and ends right', async () => {
  const names = Array.from({ length: 8 }, (_, n) => `job-${n}`)
  const accepted: string[] = []
  // From before the first job is started to after the first has ended.
  for (const [round, milliseconds] of [0, 20, 60, 150].entries()) {
    await using victim = await startVictim()
    for (const name of names.slice(round * 2, round * 2 + 2)) {
      await victim.sagemaker.CreateTrainingJob(job(name, Number(name.slice(4)) % 2 ? 'fail' : 'succeed'))
      accepted.push(name)
    }
    await delay(milliseconds)
  }
  await using platform = await startPlatform(directory)
  for (const name of accepted) {
    const { TrainingJobStatus } = await platform.until(name, 'Completed', 'Failed')
    expect([name, TrainingJobStatus]).toEqual([name, Number(name.slice(4)) % 2 ? 'Failed' : 'Completed'])
  }
  expect(await runs()).toEqual(names)
})
