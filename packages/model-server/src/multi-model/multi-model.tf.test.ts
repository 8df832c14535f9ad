import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { buildModels, type TestModels } from '../testing/tensorflow.ts'

const program = fileURLToPath(new URL('../../bin/sagebrush-model-server.js', import.meta.url))
let models: TestModels
let root: string
let child: ChildProcess
let url: string

/** One server for all tests, over a model root that nothing lies in yet but the universal handlers' place. */
beforeAll(async () => {
  models = await buildModels('half_plus_two', 'mlp')
  root = await mkdtemp(join(tmpdir(), 'multi-model-'))
  child = spawn(
    process.execPath,
    [
      program,
      'serve',
      `--model_dir=${join(root, 'model')}`,
      '--port=0',
      `--libtensorflow=${models.libraryPath}`,
    ],
    {
      env: { ...process.env, SAGEMAKER_MULTI_MODEL: 'true', SAGEMAKER_SAFE_PORT_RANGE: '9000-9999' },
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  )
  let output = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  url = await vi.waitFor(
    () => {
      const [, address] = /listening on (\S+)/.exec(output) ?? []
      if (address === undefined) throw new Error(output)
      return `http://${address}`
    },
    { timeout: 60_000, interval: 20 },
  )
})
afterAll(async () => {
  const exited = once(child, 'exit')
  child.kill()
  await exited
  await models[Symbol.asyncDispose]()
  await rm(root, { recursive: true })
})

async function ask(method: string, path: string, body?: unknown): Promise<[number, unknown]> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url + path, { method, headers, body: body ? JSON.stringify(body) : null })
  return [response.status, JSON.parse((await response.text()) || 'null')]
}

const load = (name: string, from = name) =>
  ask('POST', '/models', { model_name: name, url: join(models.directory, from) })

async function residentMebibytes(): Promise<number> {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024
}

describe('a server for many models', () => {
  test('is healthy without any', async () => {
    expect(await ask('GET', '/ping')).toEqual([200, null])
    expect(await ask('GET', '/models')).toEqual([200, {}])
  })

  test('loads, answers and unloads', async () => {
    expect(await load('half_plus_two')).toEqual([
      200,
      {
        success: 'Successfully loaded model half_plus_two, listening on rest port 9448 and grpc port 9898.',
      },
    ])
    const instances = { instances: [1, 2, 5] }
    expect(await ask('POST', '/models/half_plus_two/invoke', instances)).toEqual([
      200,
      { predictions: [2.5, 3, 4.5] },
    ])
    expect((await ask('DELETE', '/models/half_plus_two'))[0]).toBe(200)
    expect((await ask('POST', '/models/half_plus_two/invoke', instances))[0]).toBe(404)
  })

  test('says what is wrong with a broken model, and can load a good one by that name', async () => {
    await cp(join(models.directory, 'half_plus_two'), join(root, 'broken'), { recursive: true })
    await writeFile(join(root, 'broken/1/saved_model.pb'), 'no graph')
    const [status, body] = await ask('POST', '/models', { model_name: 'b', url: join(root, 'broken') })
    expect(status).toBe(500)
    expect(body).toHaveProperty('error', expect.stringContaining('version 1 of model b cannot be loaded'))
    expect((await load('b', 'half_plus_two'))[0]).toBe(200)
    await ask('DELETE', '/models/b')
  })

  test("answers by a model's own handlers", async () => {
    await cp(join(models.directory, 'half_plus_two'), join(root, 'own'), { recursive: true })
    await mkdir(join(root, 'own/code'))
    await writeFile(
      join(root, 'own/code/inference.js'),
      `export async function handler(data, context) {
         return [JSON.stringify({ by: 'handler', model: context.modelName }), 'application/json']
       }`,
    )
    const [status, loaded] = await ask('POST', '/models', { model_name: 'own', url: join(root, 'own') })
    expect([status, loaded]).toEqual([200, expect.anything()])
    expect(await ask('POST', '/models/own/invoke', { instances: [1] })).toEqual([
      200,
      { by: 'handler', model: 'own' },
    ])
    await ask('DELETE', '/models/own')
  })

  const row = { instances: [new Array<number>(784).fill(0.5)] }

  test('gives the memory of 200 models back that are loaded, invoked and unloaded in turn', async () => {
    const mebibytes: number[] = []
    for (let round = 0; round < 200; round++) {
      const name = `small-${round}`
      expect((await load(name, 'half_plus_two'))[0]).toBe(200)
      expect((await ask('POST', `/models/${name}/invoke`, { instances: [1] }))[0]).toBe(200)
      expect((await ask('DELETE', `/models/${name}`))[0]).toBe(200)
      mebibytes.push(await residentMebibytes())
    }
    expect(await ask('GET', '/models')).toEqual([200, {}])
    // 180 models that were kept would hold 120 MiB.
    expect((mebibytes[199] ?? 0) - (mebibytes[19] ?? 0)).toBeLessThan(50)
  })

  test('gives the memory of 50 models back that were there together', async () => {
    const before = await residentMebibytes()
    const names = Array.from({ length: 50 }, (_none, index) => `held-${index}`)
    for (const name of names) {
      await load(name, 'mlp')
      await ask('POST', `/models/${name}/invoke`, row)
    }
    const held = (await residentMebibytes()) - before
    expect(held).toBeGreaterThan(200)
    for (const name of names) await ask('DELETE', `/models/${name}`)
    await expect
      .poll(async () => (await residentMebibytes()) - before, { timeout: 60_000 })
      .toBeLessThan(held / 3)
  })
})
