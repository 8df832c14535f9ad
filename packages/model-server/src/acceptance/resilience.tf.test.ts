import { once } from 'node:events'
import { cp, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type ServingCommand, startServingCommand } from '../testing/serving-command.ts'
import { buildModels, type TestModels } from '../testing/tensorflow.ts'

let models: TestModels
let root: string
beforeAll(async () => {
  models = await buildModels('half_plus_two', 'mnist')
  root = await mkdtemp(join(tmpdir(), 'resilience-'))
})
afterAll(async () => {
  await models[Symbol.asyncDispose]()
  await rm(root, { recursive: true })
})

const serve = (model: string, ...flags: string[]): ServingCommand =>
  startServingCommand(
    models.libraryPath,
    ...['--model_name=m', `--model_base_path=${join(models.directory, model)}`, ...flags],
  )

const predict = (url: string, body: string | Buffer): Promise<Response> =>
  fetch(`${url}/v1/models/m:predict`, { method: 'POST', body, signal: AbortSignal.timeout(60_000) })
const answersWell = async (url: string): Promise<void> =>
  expect(await (await predict(url, '{"instances": [1.0, 2.0, 5.0]}')).json()).toEqual({
    predictions: [2.5, 3, 4.5],
  })

/** The process that serves, which the command has started. */
async function servingProcess({ child }: ServingCommand): Promise<number> {
  const children = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')
  return Number(children.trim())
}
const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function connects(path: string): Promise<void> {
  const socket = connect(path)
  await once(socket, 'connect').finally(() => socket.destroy())
}

describe('a crash of the serving process', () => {
  test('is told with its reason, and the server is back at the same ports', async () => {
    await using server = serve('half_plus_two', `--grpc_socket_path=${join(root, 'socket')}`)
    const url = await server.restUrl()
    // A process's very first fetch never ends where the server goes just then: undici 6 still compiles its parser.
    await answersWell(url)
    for (let crash = 0; crash < 2; crash++) {
      const crashed = await servingProcess(server)
      process.kill(crashed, 'SIGSEGV')
      await vi.waitFor(() => answersWell(url), { timeout: 60_000, interval: 10 })
      expect(await servingProcess(server)).not.toBe(crashed)
    }
    expect(server.output()).toContain(
      'sagebrush-model-server: the serving process ended with SIGSEGV; it is started again\n',
    )
    server.child.kill('SIGTERM')
    expect(await server.exitCode).toBe(0)
  })

  test('is not had where it is not wanted: one process does it all', async () => {
    await using server = serve('half_plus_two', '--restart_on_crash=false')
    await answersWell(await server.restUrl())
    expect(await servingProcess(server)).toBe(0)
  })
})

test('a stop is not lost that comes just as the server is ready', async () => {
  for (let round = 0; round < 5; round++) {
    const socket = join(root, `ready-${round}`)
    await using server = serve('half_plus_two', `--grpc_socket_path=${socket}`)
    await vi.waitFor(() => connects(socket), { timeout: 60_000, interval: 1 })
    server.child.kill('SIGTERM')
    expect(await server.exitCode).toBe(0)
  }
})

test('a server answers on where nobody reads its log any more', async () => {
  await using server = serve('half_plus_two', '--access_log')
  const url = await server.restUrl()
  for (const stream of [server.child.stdout, server.child.stderr]) stream?.destroy()
  for (let request = 0; request < 5; request++) await answersWell(url)
  // Refused in TensorFlow, which writes about it too.
  expect((await predict(url, '{"signature_name": "regress_x_to_y", "instances": ["a"]}')).status).toBe(400)
  process.kill(await servingProcess(server), 'SIGSEGV')
  await vi.waitFor(() => answersWell(url), { timeout: 60_000, interval: 10 })
  server.child.kill('SIGTERM')
  expect(await server.exitCode).toBe(0)
})

test('the serving process ends with the one that watches over it', async () => {
  await using server = serve('half_plus_two')
  await server.restUrl()
  const serving = await servingProcess(server)
  server.child.kill('SIGKILL')
  await vi.waitFor(() => expect(isAlive(serving)).toBe(false), { timeout: 60_000, interval: 20 })
})

describe('bad input', () => {
  let server: ServingCommand
  let url: string
  beforeAll(async () => {
    server = serve('mnist', '--max_body_bytes=20000000')
    url = await server.restUrl()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  const element = "Failed to process element: 0 of 'instances' list. Error: INVALID_ARGUMENT: "
  const wrongShape = (shape: string) =>
    `Input image has shape ${shape}, but the signature expects [-1,28,28,1]`
  test.each([
    ['what would end the process', '{"instances": [[1.0]]}', wrongShape('[1,1]')],
    ['a depth bomb', '['.repeat(1_000_000), 'JSON Parse error: Invalid value. at offset: 1000000'],
    [
      'depth where tensors are',
      `{"instances": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
      `${element}JSON lists nested deeper than 64 levels are refused`,
    ],
    [
      'depth where nobody looks',
      `{"a": ${'['.repeat(100_000)}${']'.repeat(100_000)}, "instances": [[1.0]]}`,
      wrongShape('[1,1]'),
    ],
    [
      'a number of ten million digits',
      `{"instances": [${'1'.repeat(10_000_000)}]}`,
      'JSON Parse error: Number too big to be stored in double. at offset: 15',
    ],
    [
      'ten million digits behind the point',
      `{"instances": [0.${'1'.repeat(10_000_000)}]}`,
      wrongShape('[1]'),
    ],
    [
      'an exponent that is too large',
      '{"instances": [1e99999]}',
      'JSON Parse error: Number too big to be stored in double. at offset: 15',
    ],
    [
      'bytes that are no UTF-8',
      Buffer.from('{"\xff\xfe": 1}', 'latin1'),
      "Missing 'inputs' or 'instances' key",
    ],
    [
      'a body that breaks off',
      '{"instances": [[1.0',
      'JSON Parse error: Missing a comma or ] after an array element. at offset: 19',
    ],
    ['a key given twice', '{"instances": [[1.0]], "instances": [[2.0, 1.0]]}', wrongShape('[1,1]')],
    ['no body', '', 'JSON Parse error: The document is empty'],
  ])('%s is refused in words', async (_situation, body, error) => {
    const answer = await predict(url, body)
    expect([answer.status, await answer.json()]).toEqual([400, { error }])
  })

  test('a body beyond the limit is refused before it is read', async () => {
    const answer = await predict(url, '['.repeat(20_000_001)).catch((error: Error) => error.cause)
    // The connection ends while the client still sends: it may see that first.
    const outcome = answer instanceof Response ? answer.status : (answer as NodeJS.ErrnoException).code
    expect([413, 'EPIPE', 'ECONNRESET', 'UND_ERR_SOCKET']).toContain(outcome)
  })

  test('a client that goes away in the middle of its body harms nobody', async () => {
    for (let client = 0; client < 20; client++) {
      const socket = connect(Number(new URL(url).port), '127.0.0.1')
      socket.on('error', () => undefined)
      socket.write(
        'POST /v1/models/m:predict HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{"inst',
        () => socket.destroy(),
      )
      await new Promise((resolve) => socket.once('close', resolve))
    }
    expect((await fetch(`${url}/v2/health/ready`)).status).toBe(200)
  })
})

describe('a model that cannot be loaded', () => {
  const damages: Readonly<Record<string, (version: string) => Promise<void>>> = {
    async 'an operation that nobody has registered'(version) {
      const path = join(version, 'saved_model.pb')
      const bytes = await readFile(path, 'latin1')
      await writeFile(path, bytes.replaceAll('ParseExample', 'ParseEnigmas'), 'latin1')
    },
    'variables that break off': (version) =>
      truncate(join(version, 'variables', 'variables.data-00000-of-00001'), 3),
    'variables that are gone': (version) => rm(join(version, 'variables'), { recursive: true }),
    'a graph that breaks off': (version) => truncate(join(version, 'saved_model.pb'), 1000),
    'no graph': (version) => rm(join(version, 'saved_model.pb')),
  }

  test('ends with its reason, and the version before it goes on answering', async () => {
    const base = join(root, 'damaged')
    const intact = join(models.directory, 'half_plus_two', '1')
    await cp(intact, join(base, '1'), { recursive: true })
    for (const [index, damage] of Object.values(damages).entries()) {
      await cp(intact, join(base, String(index + 2)), { recursive: true })
      await damage(join(base, String(index + 2)))
    }
    const file = join(root, 'damaged.config')
    const config = `name: "m" base_path: "${base}" model_platform: "tensorflow" model_version_policy { all {} }`
    await writeFile(file, `model_config_list { config { ${config} } }`)
    await using server = startServingCommand(
      models.libraryPath,
      ...[`--model_config_file=${file}`, '--max_num_load_retries=0'],
    )
    const url = await server.restUrl()
    await answersWell(url)
    const { model_version_status: states } = (await (await fetch(`${url}/v1/models/m`)).json()) as {
      model_version_status: { version: string; state: string; status: { error_message: string } }[]
    }
    const errors = states
      .map(({ state, status }) => (state === 'END' ? status.error_message : state))
      .reverse()
    expect(errors).toEqual([
      'AVAILABLE',
      expect.stringContaining("Op type not registered 'ParseEnigmas"),
      ...new Array(4).fill(expect.stringContaining(' of model m cannot be loaded: ')),
    ])
  })

  test('because its folder vanishes under it harms nothing', async () => {
    const base = join(root, 'vanishing')
    const intact = join(models.directory, 'half_plus_two', '1')
    await cp(intact, join(base, '1'), { recursive: true })
    await using server = startServingCommand(
      models.libraryPath,
      ...[
        '--model_name=m',
        `--model_base_path=${base}`,
        '--max_num_load_retries=0',
        '--file_system_poll_wait_seconds=1',
      ],
    )
    const url = await server.restUrl()
    // Seen as soon as there is a folder, gone as soon as it is seen.
    await mkdir(join(base, '2'))
    const isSeen = async (): Promise<void> =>
      expect(await (await fetch(`${url}/v1/models/m`)).text()).toContain('"version": "2"')
    await vi.waitFor(isSeen, { timeout: 60_000, interval: 1 })
    await rm(join(base, '2'), { recursive: true })
    await answersWell(url)
    expect(server.child.exitCode).toBe(null)
  })
})

describe('what is told of a server', () => {
  test('metrics at the path that is configured, of every thread; answers as JSON lines', async () => {
    const monitoring = join(root, 'monitoring.config')
    await writeFile(monitoring, 'prometheus_config { enable: true path: "/metrics" }')
    await using server = serve(
      'mnist',
      ...[`--monitoring_config_file=${monitoring}`, '--log_format=json', '--access_log', '--workers=1'],
    )
    const url = await server.restUrl()
    const [one, , fifty] = models.expected.mnist ?? []
    // The large one is answered by another thread than the small one.
    for (const { request } of [one, fifty].flatMap((answer) => answer ?? [])) {
      const id = { 'x-request-id': 'abc' }
      const answer = await fetch(`${url}/v1/models/m:predict`, {
        method: 'POST',
        body: JSON.stringify(request),
        headers: id,
      })
      expect([answer.status, answer.headers.get('x-request-id')]).toEqual([200, 'abc'])
    }
    // The threads tell theirs a little later.
    const areTold = async (): Promise<void> => {
      const text = await (await fetch(`${url}/metrics`)).text()
      expect(text).toContain(':tensorflow:serving:request_count{model_name="m",status="OK"} 2\n')
      expect(text).toContain(
        ':tensorflow:serving:request_latency_count{model_name="m",API="predict",entrypoint="REST"} 2\n',
      )
      expect(text).toContain(',signature="serving_default",stage="queue"} 2\n')
      expect(text).toMatch(
        /:tensorflow:cc:saved_model:load_attempt_count\{model_path=".*\/mnist\/1",status="success"\} 1\n/,
      )
    }
    await vi.waitFor(areTold, 60_000)
    await vi.waitFor(() => expect(server.output()).toContain('"requestId":"abc"'), 60_000)
    const events = server
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{'))
    expect(events.map((line) => JSON.parse(line).message)).toContain('loaded')
  })

  test('nothing but health where no metrics are configured', async () => {
    await using server = serve('half_plus_two')
    const url = await server.restUrl()
    const paths = ['/monitoring/prometheus/metrics', '/healthz', '/readyz', '/v2/models/m/ready']
    const statuses = await Promise.all(paths.map(async (path) => (await fetch(`${url}${path}`)).status))
    expect(statuses).toEqual([404, 200, 200, 200])
  })
})
