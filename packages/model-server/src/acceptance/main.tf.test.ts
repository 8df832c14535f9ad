import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { buildModels, type TestModels } from '../testing/tensorflow.ts'

const program = fileURLToPath(new URL('../../bin/sagebrush-model-server.js', import.meta.url))
let models: TestModels
let scratch: string
beforeAll(async () => {
  models = await buildModels('half_plus_two', 'mnist')
  scratch = await mkdtemp(join(tmpdir(), 'model-server-'))
})
afterAll(async () => {
  await models[Symbol.asyncDispose]()
  await rm(scratch, { recursive: true })
})

interface Started extends AsyncDisposable {
  readonly process: ChildProcess
  readonly url: string
  ended(): Promise<{ code: number | null; errors: string }>
}

function spawnServer(directory: string, ...flags: string[]) {
  const args = [
    'serve',
    '--model_dir',
    directory,
    '--port',
    '0',
    '--libtensorflow',
    models.libraryPath,
    ...flags,
  ]
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const exited = once(child, 'exit')
  const ended = async () => {
    const [code] = await exited
    return { code: code as number | null, errors }
  }
  return { child, ended }
}

async function startServer(directory: string, ...flags: string[]): Promise<Started> {
  const { child, ended } = spawnServer(directory, ...flags)
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const address = await vi.waitFor(() => {
    const [, found] = /^sagebrush-model-server: listening on (127\.0\.0\.1:\d+)\n$/.exec(output) ?? []
    if (found === undefined) throw new Error(`no address in ${output}`)
    return found
  }, 60_000)
  const url = `http://${address}`
  await vi.waitFor(async () => expect((await fetch(`${url}/ping`)).status).toBe(200), {
    timeout: 60_000,
    interval: 50,
  })
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL')
    await ended()
  }
  return { process: child, url, ended, [Symbol.asyncDispose]: stop }
}

const post = (url: string, body: unknown, headers: Record<string, string> = {}) =>
  fetch(url, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  })

/** A request whose body is sent once the server has told that it wants it: so it has arrived. */
function begin(url: string) {
  const call = request(url, { method: 'POST', agent: false, headers: { expect: '100-continue' } })
  const status = once(call, 'response').then(async ([first]) => {
    const response = first as IncomingMessage
    await text(response)
    return response.statusCode
  })
  call.flushHeaders()
  return { arrived: once(call, 'continue'), send: (body: string) => void call.end(body), status }
}

describe('serve', () => {
  test('answers small and large requests at once, each its own', async () => {
    await using server = await startServer(models.directory)
    const [, , batch] = models.expected.mnist ?? []
    const large = post(`${server.url}/v1/models/mnist:predict`, batch?.request).then((response) =>
      response.json(),
    )
    const answers = await Promise.all([
      ...Array.from({ length: 8 }, () => post(`${server.url}/v1/models/mnist:predict`, batch?.request)),
      ...Array.from({ length: 50 }, (_, index) =>
        post(`${server.url}/v1/models/half_plus_two:predict`, { inputs: index }),
      ),
    ])
    const bodies = await Promise.all(
      answers.map((response) => response.json() as Promise<{ predictions?: unknown }>),
    )
    expect(bodies.slice(0, 8)).toEqual(Array.from({ length: 8 }, () => bodies[0]))
    expect(await large).toEqual(bodies[0])
    expect(bodies[0]?.predictions).toHaveLength(50)
    expect(bodies.slice(8)).toEqual(Array.from({ length: 50 }, (_, index) => ({ outputs: index / 2 + 2 })))
  })

  test('keeps answering after the input that would end the process', async () => {
    await using server = await startServer(models.directory)
    for (let attempt = 0; attempt < 3; attempt++) {
      const response = await post(`${server.url}/v1/models/mnist:predict`, { instances: [[1]] })
      expect(response.status).toBe(400)
    }
    expect(
      await (await post(`${server.url}/v1/models/half_plus_two:predict`, { instances: [1, 2, 5] })).json(),
    ).toEqual({
      predictions: [2.5, 3, 4.5],
    })
  })

  test('serves an export/Servo archive at /invocations, with the simplified JSON', async () => {
    const directory = join(scratch, 'servo')
    await cp(join(models.directory, 'half_plus_two', '1'), join(directory, 'export', 'Servo', '1'), {
      recursive: true,
    })
    await using server = await startServer(directory)
    const response = await post(`${server.url}/invocations`, [[1], [2]], { accept: 'application/json' })
    expect(await response.text()).toBe('{    "predictions": [[2.5], [3.0]    ]}')
    expect((await fetch(`${server.url}/v1/models/Servo`)).status).toBe(200)
  })

  test.each([
    ['idle threads', 0],
    ['requests under way', 4],
  ])('ends with 0 on SIGTERM: %s', async (_situation, requests) => {
    await using server = await startServer(join(models.directory, 'mnist'))
    const [, , batch] = models.expected.mnist ?? []
    await (await post(`${server.url}/v1/models/mnist:predict`, batch?.request)).json()
    const begun = Array.from({ length: requests }, () => begin(`${server.url}/v1/models/mnist:predict`))
    await Promise.all(begun.map(({ arrived }) => arrived))
    for (const { send } of begun) send(JSON.stringify(batch?.request))
    server.process.kill('SIGTERM')
    expect(await Promise.all(begun.map(({ status }) => status))).toEqual(begun.map(() => 200))
    expect((await server.ended()).code).toBe(0)
  })
})

describe('a start that cannot succeed', () => {
  test.each([
    [
      'a model that cannot be read',
      async (path: string) => writeFile(path, 'junk'),
      'version 1 of model broken cannot be loaded',
    ],
    ['no model', async (path: string) => rm(path), 'no numeric version directory'],
  ])('%s', async (_situation, damage, reason) => {
    const directory = await mkdtemp(join(scratch, 'start-'))
    const version = join(directory, 'broken', '1')
    await mkdir(version, { recursive: true })
    await writeFile(join(version, 'saved_model.pb'), '')
    await damage(join(version, 'saved_model.pb'))
    const { code, errors } = await spawnServer(directory).ended()
    expect(code).toBe(1)
    expect(errors).toContain(`sagebrush-model-server: error: `)
    expect(errors).toContain(reason)
  })

  test('a flag that there is not', async () => {
    const { code, errors } = await spawnServer(models.directory, '--prot', '1').ended()
    expect([code, errors]).toEqual([1, 'sagebrush-model-server: error: unknown flag --prot\n'])
  })
})
