import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import type { UserCode } from '../handlers/user-code.ts'
import { StatusError } from '../status.ts'
import {
  type PlainMultiModelOptions,
  type PlainMultiModelServer,
  startPlainMultiModelServer,
} from '../testing/plain-multi-model-server.ts'
import { portSlots } from './port-slots.ts'

let server: PlainMultiModelServer
afterEach(() => server[Symbol.asyncDispose]())

interface Answer {
  readonly status: number
  readonly body: string
}

async function ask(method: string, path: string, body?: string, headers = {}): Promise<Answer> {
  const init = body === undefined ? { method, headers } : { method, headers, body }
  const response = await fetch(server.url + path, init)
  return { status: response.status, body: await response.text() }
}

const load = (model_name: unknown, url: unknown): Promise<Answer> =>
  ask('POST', '/models', JSON.stringify({ model_name, url }))

/** Starts a server with half_plus_two under each of the names. */
async function withModels(names: readonly string[], options: PlainMultiModelOptions = {}): Promise<string> {
  server = await startPlainMultiModelServer(options)
  const directory = await server.modelDirectory('half_plus_two')
  for (const name of names) expect((await load(name, directory)).status).toBe(200)
  return directory
}

const asJson = { 'content-type': 'application/json' }
const available = { version: '1', state: 'AVAILABLE', status: { error_code: 'OK', error_message: '' } }

describe('loading', () => {
  test('says what was loaded and where it listens', async () => {
    const directory = await withModels([])
    expect(await load('a', directory)).toEqual({
      status: 200,
      body: '{"success": "Successfully loaded model a, listening on rest port 8501 and grpc port 9000."}',
    })
  })

  test('names ports of the range, from its upper ends', async () => {
    const directory = await withModels([], { slots: portSlots({ low: 9000, high: 9999 }, 1) })
    expect((await load('a', directory)).body).toContain('rest port 9448 and grpc port 9898')
    expect((await load('b', directory)).body).toContain('rest port 9447 and grpc port 9897')
  })

  test('refuses a model beyond the port range until another one goes', async () => {
    const directory = await withModels(['a'], { slots: portSlots({ low: 9000, high: 9003 }, 1) })
    const full = {
      status: 507,
      body: '{"error": "Memory exhausted: no available ports to load the model."}',
    }
    expect(await load('b', directory)).toEqual(full)
    expect(await load('b', directory)).toEqual(full)
    await ask('DELETE', '/models/a')
    expect((await load('b', directory)).status).toBe(200)
  })

  test.each([
    ['loaded already', 'a', 409, '{"error": "Model a is already loaded."}'],
    ['a slash in the name', 'x/y', 400, `{"error": "invalid model_name: 'x/y'"}`],
    ['a parent directory as name', '..', 400, `{"error": "invalid model_name: '..'"}`],
    ['an empty name', '', 400, `{"error": "invalid model_name: ''"}`],
    ['a name that is no text', 5, 500, '{"title": "500 Internal Server Error"}'],
  ])('%s', async (_situation, name, status, body) => {
    const directory = await withModels(['a'])
    expect(await load(name, directory)).toEqual({ status, body })
  })

  test.each([
    ['no JSON', '{'],
    ['a list', '[]'],
    ['null', 'null'],
    ['nothing', ''],
    ['no model_name', '{"url": "/x"}'],
    ['no url', '{"model_name": "a"}'],
    ['a url that is no text', '{"model_name": "a", "url": 5}'],
  ])('%s as body is an error of the server, as in the container', async (_situation, body) => {
    server = await startPlainMultiModelServer()
    expect(await ask('POST', '/models', body)).toEqual({
      status: 500,
      body: '{"title": "500 Internal Server Error"}',
    })
  })

  test.each(['/nowhere', 'relative/nowhere', '', '\0'])('there is no model at %j', async (url) => {
    server = await startPlainMultiModelServer()
    expect(await load('a', url)).toEqual({
      status: 404,
      body: JSON.stringify({
        error: `Could not find valid base path ${url} for servable a`,
      }).replace(':', ': '),
    })
  })

  test("answers with the model's own reason, and leaves nothing of it", async () => {
    const reason = new StatusError('INVALID_ARGUMENT', 'the graph is broken')
    server = await startPlainMultiModelServer({
      loader: ({ model, version }) => ({
        id: { model, version },
        load: () => Promise.reject(reason),
      }),
    })
    const directory = await server.modelDirectory('m')
    const refused = { status: 500, body: '{"error": "the graph is broken"}' }
    expect(await load('a', directory)).toEqual(refused)
    expect(await load('a', directory)).toEqual(refused)
    expect(await ask('GET', '/models')).toEqual({ status: 200, body: '{}' })
  })

  test('level 2.20 takes plain names only', async () => {
    const directory = await withModels([], { rules: { level: '2.20' } })
    expect(await load('_a', directory)).toEqual({
      status: 400,
      body: `{"error": "invalid model_name: '_a'"}`,
    })
    expect(await ask('GET', '/models/a')).toEqual({
      status: 404,
      body: '{"error": "Model a is not loaded yet."}',
    })
  })
})

describe('listing', () => {
  test('tells of every model by name', async () => {
    await withModels(['b', 'a', '__proto__'])
    const { body } = await ask('GET', '/models')
    const listed = JSON.parse(body)
    expect(Object.keys(listed)).toEqual(['b', 'a', '__proto__'])
    expect(listed.a).toEqual({ model_version_status: [available] })
  })

  test('tells of one model', async () => {
    await withModels(['a'])
    const one = await ask('GET', '/models/a')
    expect([one.status, JSON.parse(one.body)]).toEqual([
      200,
      { model: { model_version_status: [available] } },
    ])
    expect(await ask('GET', '/models/a/invoke')).toEqual(one)
    expect(await ask('GET', '/models/b')).toEqual({
      status: 404,
      body: '{"error": "Model b is loaded yet."}',
    })
  })

  test('gives the documented listing in pages to who asks for one', async () => {
    const url = await withModels(['c', 'a', 'b'])
    const first = JSON.parse((await ask('GET', '/models?limit=2')).body)
    expect(first).toEqual({
      models: [
        { modelName: 'a', modelUrl: url },
        { modelName: 'b', modelUrl: url },
      ],
      nextPageToken: 'b',
    })
    const second = JSON.parse((await ask('GET', '/models?limit=2&next_page_token=b')).body)
    expect(second).toEqual({ models: [{ modelName: 'c', modelUrl: url }] })
    expect((await ask('GET', '/models?limit=no')).status).toBe(400)
  })
})

describe('unloading', () => {
  test('takes the model away', async () => {
    await withModels(['a', 'b'])
    expect(await ask('DELETE', '/models/a')).toEqual({
      status: 200,
      body: '{"success": "Successfully unloaded model a."}',
    })
    expect(await ask('DELETE', '/models/a')).toEqual({
      status: 404,
      body: '{"error": "Model a is not loaded yet"}',
    })
    expect(Object.keys(JSON.parse((await ask('GET', '/models')).body))).toEqual(['b'])
    expect((await ask('DELETE', '/models/b/invoke')).status).toBe(200)
  })
})

describe('invoking', () => {
  test('asks the model that the path names', async () => {
    await withModels(['a', 'b'])
    for (const path of ['/models/a/invoke', '/models/b', '/models/%61/invoke']) {
      const { status, body } = await ask('POST', path, '{"instances": [1.0, 2.0, 5.0]}', asJson)
      expect([status, JSON.parse(body)]).toEqual([200, { predictions: [2.5, 3, 4.5] }])
    }
  })

  test('goes by the path, not by the model that an attribute names', async () => {
    await withModels(['a'])
    const headers = {
      ...asJson,
      'x-amzn-sagemaker-custom-attributes': 'tfs-model-name=b,tfs-model-version=1',
    }
    expect((await ask('POST', '/models/a/invoke', '[[1.0]]', headers)).status).toBe(200)
  })

  test.each([
    ['absent', '/models/b/invoke', 404, '{"error": "Model b is not loaded yet."}'],
    ['not named', '/invocations', 400, '{"error": "Invocation request does not contain model name."}'],
    ['named with half an escape', '/models/%E0%A4/invoke', 500, '{"title": "500 Internal Server Error"}'],
    ['named with a slash', '/models/a%2Fb/invoke', 400, `{"error": "invalid model_name: 'a/b'"}`],
    ['somewhere else', '/models/a/b/c', 404, '{"title": "404 Not Found"}'],
  ])('a model that is %s', async (_situation, path, status, body) => {
    await withModels(['a'])
    expect(await ask('POST', path, '{}', asJson)).toEqual({ status, body })
  })

  test.each([
    ['CSV', 'text/csv', '1.0\n2.0'],
    ['a bare list', 'application/json', '[[1.0], [2.0]]'],
    ['JSON lines', 'application/jsonlines', '[1.0]\n[2.0]'],
  ])('takes %s where there are no handlers', async (_situation, type, body) => {
    await withModels(['a'])
    const answer = await ask('POST', '/models/a/invoke', body, { 'content-type': type })
    expect(answer.status).toBe(200)
    expect(JSON.parse(answer.body).predictions.flat()).toEqual([2.5, 3])
  })

  test.each([
    ['2.19', false, '', 'application/json', 200],
    ['2.19', true, '1.0,2.0', 'text/csv', 200],
    ['2.19', false, 'x', 'application/octet-stream', 200],
    ['2.20', false, '{"instances": "', 'application/json', 400],
    ['2.20', false, 'x', 'application/octet-stream', 415],
  ] as const)(
    'level %s, strict: %s, body %j of %s: an error with status %i',
    async (level, isStrict, body, type, status) => {
      await withModels(['a'], { rules: { level, isStrict } })
      const answer = await ask('POST', '/models/a/invoke', body, { 'content-type': type })
      expect(answer.status).toBe(status)
      expect(Object.keys(JSON.parse(answer.body))).toEqual(['error'])
    },
  )

  test("a model's own handlers go before the universal ones", async () => {
    const saying = (text: string): UserCode => ({
      answer: async ({ context }) => ({
        status: 200,
        headers: { 'content-type': 'text/plain' },
        body: Buffer.from(`${text} ${context.modelName} ${context.restUri}`),
      }),
      [Symbol.asyncDispose]: async () => undefined,
    })
    await withModels(['a'], {
      universalCode: saying('universal'),
      startCode: async (directory) => (directory.endsWith('own') ? saying('own') : undefined),
    })
    await load('b', await server.modelDirectory('own'))
    const body = async (name: string) => (await ask('POST', `/models/${name}/invoke`, '')).body
    expect(await body('a')).toBe('universal a http://localhost:8501/v1/models/a:predict')
    expect(await body('b')).toBe('own b http://localhost:8501/v1/models/b:predict')
  })
})

test.each([
  ['GET', '/invocations', 200],
  ['DELETE', '/invocations', 500],
  ['PUT', '/invocations', 405],
  ['PUT', '/models', 405],
  ['PATCH', '/models/a', 405],
  ['DELETE', '/models', 500],
  ['POST', '/models/', 404],
  ['POST', '/modelsx', 404],
])('%s %s is answered with %i', async (method, path, status) => {
  server = await startPlainMultiModelServer()
  const answer = await ask(method, path)
  expect(answer.status).toBe(status)
  expect(() => JSON.parse(answer.body)).not.toThrow()
})

test('whatever is asked, there is an answer in JSON, and the models stay', async () => {
  await withModels(['a'])
  const method = fc.constantFrom('GET', 'POST', 'DELETE', 'PUT')
  const name = fc.oneof(fc.constantFrom('..', '%2e%2e', 'b', '%', 'a%00', '%2F'), fc.string())
  const path = fc.oneof(
    name.map((text) => `/models/${encodeURI(text).replaceAll(/[?#]/g, '')}/invoke`),
    fc.constantFrom('/models', '/models?limit=-1', '/models/a', '/models/b'),
  )
  const value = fc.oneof(fc.string(), fc.constantFrom(null, 5, [], {}))
  const body = fc.oneof(
    fc.string(),
    fc.record({ model_name: value, url: value }).map((json) => JSON.stringify(json)),
  )
  const request = fc
    .tuple(method, path, body)
    .filter(([verb, at]) => verb !== 'DELETE' || !/^\/models\/a(\/|$)/.test(at))
  await fc.assert(
    fc.asyncProperty(request, async ([verb, at, text]) => {
      const answer = await ask(verb, at, verb === 'GET' ? undefined : text, asJson)
      expect(answer.status).toBeGreaterThanOrEqual(200)
      expect(() => JSON.parse(answer.body)).not.toThrow()
    }),
    { numRuns: 300 },
  )
  expect((await ask('GET', '/models/a')).status).toBe(200)
})
