import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { framedRecord } from '../testing/framed-record.ts'
import { buildModels, type TestModels } from '../testing/tensorflow.ts'

const program = fileURLToPath(new URL('../../bin/sagebrush-model-server.js', import.meta.url))
let models: TestModels
let root: string
beforeAll(async () => {
  models = await buildModels('half_plus_two', 'mlp')
  root = await mkdtemp(join(tmpdir(), 'serving-'))
})
afterAll(async () => {
  await models[Symbol.asyncDispose]()
  await rm(root, { recursive: true })
})

interface Command extends AsyncDisposable {
  readonly child: ChildProcess
  readonly output: () => string
  readonly ended: Promise<number | null>
}

function run(...flags: string[]): Command {
  const args = [
    program,
    `--libtensorflow=${models.libraryPath}`,
    '--host=127.0.0.1',
    '--port=any',
    '--rest_api_port=any',
    ...flags,
  ]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
  }
  const ended = once(child, 'exit').then(([code]) => code as number | null)
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL')
    await ended
  }
  return { child, output: () => text, ended, [Symbol.asyncDispose]: stop }
}

const addressOf = ({ output }: Command): Promise<string> =>
  vi.waitFor(
    () => {
      const [, address] = /Exporting HTTP\/REST API at:(\S+) /.exec(output()) ?? []
      if (address === undefined) throw new Error(output())
      return `http://${address}`
    },
    { timeout: 60_000, interval: 20 },
  )

const version = (model: string, number: number, from = 'half_plus_two') =>
  cp(join(models.directory, from, '1'), join(root, model, String(number)), { recursive: true })

/** One PredictionLog { predict_log 6 { request 1 { inputs 2 { key 1: x, value 2 } } } } as a TFRecord. */
async function writeWarmUp(model: string, tensor: readonly number[]): Promise<void> {
  const field = (number: number, bytes: readonly number[]) => [number * 8 + 2, bytes.length, ...bytes]
  const data = Buffer.from(field(6, field(1, field(2, [...field(1, [120]), ...field(2, tensor)]))))
  const folder = join(root, model, '1', 'assets.extra')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'tf_serving_warmup_requests'), framedRecord(data))
}

interface Status {
  readonly version: string
  readonly state: string
  readonly status: { readonly error_code: string; readonly error_message: string }
}
async function statesOf(url: string, model: string): Promise<Status[]> {
  const answer = (await (await fetch(`${url}/v1/models/${model}`)).json()) as {
    model_version_status: Status[]
  }
  return answer.model_version_status
}
const becomes = (url: string, model: string, expected: Readonly<Record<string, string>>) =>
  vi.waitFor(
    async () => {
      const found = (await statesOf(url, model)).map(({ version: number, state }) => [number, state])
      expect(Object.fromEntries(found)).toMatchObject(expected)
    },
    { timeout: 60_000, interval: 20 },
  )

function post(url: string, agent: Agent, body: string): Promise<number> {
  return new Promise((resolve) => {
    const call = request(url, { method: 'POST', agent }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0))
    })
    call.once('error', () => resolve(0))
    call.end(body)
  })
}

/** Eight clients that ask until told to stop; counts how many answers of each status came. */
function load(url: string, body: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  const counts = new Map<number, number>()
  let isOver = false
  const clients = Array.from({ length: 8 }, async () => {
    while (!isOver) {
      const status = await post(url, agent, body)
      counts.set(status, (counts.get(status) ?? 0) + 1)
    }
  })
  return {
    counts,
    async end() {
      isOver = true
      await Promise.all(clients)
      agent.destroy()
    },
  }
}

describe('under load', () => {
  test.each([
    ['small requests', 'half_plus_two', '{"instances": [1.0, 2.0, 5.0]}', []],
    [
      'requests on worker threads',
      'mlp',
      JSON.stringify({ instances: [new Array(784).fill(0.123456)] }),
      ['--workers=2'],
    ],
    ['batches', 'half_plus_two', '{"instances": [1.0, 2.0, 5.0]}', ['--enable_batching']],
  ])('no request fails while versions come and go: %s', async (situation, from, body, flags) => {
    const model = situation.replaceAll(' ', '_')
    await version(model, 1, from)
    await using server = run(`--model_name=${model}`, `--model_base_path=${join(root, model)}`, ...flags)
    const url = await addressOf(server)
    const { counts, end } = load(`${url}/v1/models/${model}:predict`, body)
    for (let number = 2; number <= 6; number++) {
      await version(`${model}-staged`, number, from)
      await cp(join(root, `${model}-staged`, String(number)), join(root, `${model}-away`), {
        recursive: true,
      })
      await rename(join(root, `${model}-away`), join(root, model, String(number)))
      await becomes(url, model, { [number]: 'AVAILABLE', [number - 1]: 'END' })
    }
    await vi.waitFor(() => expect(counts.get(200)).toBeGreaterThan(500), 60_000)
    await end()
    expect([...counts.keys()]).toEqual([200])
  })
})

describe('the command', () => {
  test('ends a version that cannot be loaded with its error, and serves the others', async () => {
    await version('mixed', 1)
    await version('mixed', 2)
    await version('mixed', 3)
    await writeFile(join(root, 'mixed', '2', 'variables', 'variables.index'), 'junk')
    await writeFile(join(root, 'mixed', '3', 'saved_model.pb'), 'junk')
    const file = join(root, 'models.config')
    const config = (policy: string) =>
      `model_config_list { config { name: "m" base_path: "${join(root, 'mixed')}" model_platform: "tensorflow" ${policy} } }`
    await writeFile(file, config('model_version_policy { all {} }'))
    await using server = run(
      `--model_config_file=${file}`,
      '--model_config_file_poll_wait_seconds=1',
      '--max_num_load_retries=1',
      '--load_retry_interval_micros=1000',
    )
    const url = await addressOf(server)
    expect(
      (await statesOf(url, 'm')).map(({ state, status }) => [state, status.error_code === 'OK']),
    ).toEqual([
      ['END', false],
      ['END', false],
      ['AVAILABLE', true],
    ])
    await writeFile(
      file,
      config('model_version_policy { specific { versions: 1 } } version_labels { key: "x" value: 1 }'),
    )
    await vi.waitFor(async () => {
      const answer = await fetch(`${url}/v1/models/m/labels/x:predict`, {
        method: 'POST',
        body: '{"inputs": 2}',
      })
      expect(await answer.json()).toEqual({ outputs: 3 })
    }, 60_000)
    server.child.kill('SIGTERM')
    expect(await server.ended).toBe(0)
  })

  test('answers OPTIONS, other origins, and in gzip when asked', async () => {
    await version('cors', 1)
    await using server = run(`--model_base_path=${join(root, 'cors')}`, '--rest_api_enable_cors_support')
    const url = `${await addressOf(server)}/v1/models/default`
    const preflight = await fetch(url, { method: 'OPTIONS', headers: { origin: 'http://a' } })
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([200, '*'])
    expect((await fetch(url, { method: 'OPTIONS' })).status).toBe(400)
    const body = JSON.stringify({ instances: new Array(20_000).fill(1) })
    const zipped = await fetch(`${url}:predict`, {
      method: 'POST',
      body,
      headers: { 'accept-encoding': 'gzip' },
    })
    expect(zipped.headers.get('content-encoding')).toBe('gzip')
    expect(((await zipped.json()) as { predictions: number[] }).predictions).toHaveLength(20_000)
  })

  test('plays warm-up requests, and does not serve a version that cannot answer them', async () => {
    await version('warm', 1)
    const flags = [`--model_base_path=${join(root, 'warm')}`, '--max_num_load_retries=0']
    // TensorProto { dtype 1: DT_FLOAT, tensor_shape 2 { dim 2 { size 1: 1 } }, float_val 5 }
    await writeWarmUp('warm', [8, 1, 18, 4, 18, 2, 8, 1, 42, 4, 0, 0, 128, 63])
    await using warm = run(...flags)
    expect(await addressOf(warm)).toContain('http://')
    // DT_STRING, string_val 8.
    await writeWarmUp('warm', [8, 7, 18, 4, 18, 2, 8, 1, 66, 1, 97])
    await using cold = run(...flags)
    expect(await cold.ended).toBe(1)
    expect(cold.output()).toContain('due to error: INVALID_ARGUMENT')
  })

  test('ends where a model cannot be loaded', async () => {
    await version('bad', 1)
    await writeFile(join(root, 'bad', '1', 'saved_model.pb'), 'junk')
    await using server = run(`--model_base_path=${join(root, 'bad')}`, '--max_num_load_retries=0')
    expect(await server.ended).toBe(1)
    expect(server.output()).toContain(
      'error: 1 servable(s) did not become available: {{{name: default version: 1} due to',
    )
  })

  test.each([
    [['--help'], 0, 'tensorflow_model_server'],
    [['--version'], 0, 'sagebrush-model-server 0.'],
    [['--prot=1'], 1, 'error: unknown flag --prot=1'],
  ])('%j', async (flags, code, text) => {
    await using server = run(...flags)
    expect(await server.ended).toBe(code)
    expect(server.output()).toContain(text)
  })
})
