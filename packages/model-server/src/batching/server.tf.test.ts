import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { buildModels, type TestModels } from '../testing/tensorflow.ts'

const program = fileURLToPath(new URL('../../bin/sagebrush-model-server.js', import.meta.url))
let models: TestModels
beforeAll(async () => {
  models = await buildModels('half_plus_two', 'mlp')
})
afterAll(() => models[Symbol.asyncDispose]())

async function startServer(env: Record<string, string>, ...flags: string[]) {
  const args = ['--model_dir', models.directory, '--port', '0', '--libtensorflow', models.libraryPath]
  const child = spawn(process.execPath, [program, 'serve', ...args, ...flags], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const exited = once(child, 'exit')
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string]
  const url = `http://${/127\.0\.0\.1:\d+/.exec(line)?.[0]}`
  await vi.waitFor(async () => expect((await fetch(`${url}/ping`)).status).toBe(200), {
    timeout: 60_000,
    interval: 50,
  })
  return {
    async ask(model: string, body: unknown) {
      const path = `${url}/v1/models/${model}:predict`
      const response = await fetch(path, { method: 'POST', body: JSON.stringify(body) })
      return { status: response.status, body: (await response.json()) as unknown }
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

const variables = {
  SAGEMAKER_TFS_ENABLE_BATCHING: 'true',
  SAGEMAKER_TFS_MAX_BATCH_SIZE: '4',
  SAGEMAKER_TFS_BATCH_TIMEOUT_MICROS: '0',
  // By itself two wait: a slow machine would refuse the rest.
  SAGEMAKER_TFS_MAX_ENQUEUED_BATCHES: '64',
}
test.each([
  ['the container’s variables', variables, []],
  ['a flag', {}, ['--enable_batching']],
])('%s: everybody gets their own answer', async (_what, env, flags) => {
  await using server = await startServer(env, ...flags)
  const answers = await Promise.all(
    Array.from({ length: 64 }, (_, index) => server.ask('half_plus_two', { inputs: [index, 2] })),
  )
  expect(answers).toEqual(answers.map((_, index) => ({ status: 200, body: { outputs: [index / 2 + 2, 3] } })))
})

test('a request beyond the largest batch is refused, on whatever thread it is read', async () => {
  await using server = await startServer(variables)
  const row = Array.from({ length: 784 }, (_, index) => index / 784)
  const sizes = [5, 100]
  const answers = await Promise.all(sizes.map((size) => server.ask('mlp', { inputs: Array(size).fill(row) })))
  const refusal = (size: number) => ({
    error: `Task size ${size} is larger than maximum input batch size 4`,
  })
  expect(answers).toEqual(sizes.map((size) => ({ status: 400, body: refusal(size) })))
  expect((await server.ask('mlp', { inputs: Array(4).fill(row) })).status).toBe(200)
})
