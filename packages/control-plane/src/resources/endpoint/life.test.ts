import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { nameOfGroup } from '../../compute/group-id.ts'
import { LocalCompute } from '../../compute/local.ts'
import type { RequestContext } from '../../context.ts'
import { Reconciler } from '../../reconcile/reconciler.ts'
import type { Collection } from '../../store/collection.ts'
import { openDatabase, type SqliteDatabase } from '../../store/sqlite.ts'
import { sqliteCollection } from '../../store/sqlite-collection.ts'
import { endpointConfigHandlers } from '../endpoint-config/handlers.ts'
import type { EndpointConfigRecord } from '../endpoint-config/record.ts'
import { modelHandlers } from '../model/handlers.ts'
import type { ModelRecord } from '../model/record.ts'
import { endpointHandlers } from './handlers.ts'
import { endpointLife } from './life.ts'
import type { EndpointRecord } from './record.ts'

const fixture = fileURLToPath(new URL('fixtures/serve-host.mjs', import.meta.url))
const clock = () => new Date()
const tags = { forget: async () => {} }
const context: RequestContext = {
  requestId: 'r',
  region: 'us-west-2',
  account: '123456789012',
  signal: new AbortController().signal,
}
let ids = 0

function openCompute(directory: string): Promise<LocalCompute> {
  const agent = { command: process.execPath, args: [fixture], environment: {} }
  return LocalCompute.open({
    directory: join(directory, 'hosts'),
    agent,
    maxTrainGroups: 1,
    pollSeconds: 0.1,
  })
}

/** The part of the server that makes endpoints, over a data directory that outlives it. */
class Bench implements AsyncDisposable {
  readonly endpoints: Collection<EndpointRecord>
  readonly compute: LocalCompute
  readonly #database: SqliteDatabase
  readonly #reconciler: AsyncDisposable
  readonly #models: Collection<ModelRecord>
  readonly #configs: Collection<EndpointConfigRecord>

  static async open(directory: string): Promise<Bench> {
    return new Bench(openDatabase(directory), await openCompute(directory))
  }

  private constructor(database: SqliteDatabase, compute: LocalCompute) {
    this.#database = database
    this.compute = compute
    this.endpoints = sqliteCollection<EndpointRecord>(database, 'endpoints')
    this.#models = sqliteCollection<ModelRecord>(database, 'models')
    this.#configs = sqliteCollection<EndpointConfigRecord>(database, 'endpoint-configs')
    const life = endpointLife({
      endpoints: this.endpoints,
      compute,
      tags,
      clock,
      newId: () => `${process.pid}x${ids++}`,
      serverUrl: 'http://127.0.0.1:1',
    })
    this.#reconciler = new Reconciler(life, { clock, log: () => {}, hints: (signal) => this.#hints(signal) })
  }

  get handlers() {
    const parts = {
      models: this.#models,
      endpointConfigs: this.#configs,
      endpoints: this.endpoints,
      tags,
      objects: { head: async () => undefined, list: async () => ({ objects: [], more: false }) },
      clock,
    }
    return { ...modelHandlers(parts), ...endpointConfigHandlers(parts), ...endpointHandlers(parts) }
  }

  async create(name: string, behaviour: string): Promise<void> {
    const { CreateModel, CreateEndpointConfig, CreateEndpoint } = this.handlers
    const container = { Image: 'tensorflow-inference:2.19-cpu', Environment: { BEHAVIOUR: behaviour } }
    await CreateModel({ ModelName: name, PrimaryContainer: container }, context)
    const variant = {
      VariantName: 'AllTraffic',
      ModelName: name,
      InitialInstanceCount: 1,
      InstanceType: 'ml.c5.xlarge',
    }
    await CreateEndpointConfig({ EndpointConfigName: name, ProductionVariants: [variant] }, context)
    await CreateEndpoint({ EndpointName: name, EndpointConfigName: name }, context)
  }

  async describe(name: string) {
    return this.handlers.DescribeEndpoint({ EndpointName: name }, context)
  }

  async until(
    name: string,
    isThere: (record: EndpointRecord | undefined) => boolean,
  ): Promise<EndpointRecord | undefined> {
    for (const deadline = Date.now() + 30_000; Date.now() < deadline; await delay(10)) {
      const record = (await this.endpoints.get(name))?.value
      if (isThere(record)) return record
    }
    throw new Error(`endpoint ${name} is ${JSON.stringify((await this.endpoints.get(name))?.value)}`)
  }

  async *#hints(signal: AbortSignal): AsyncGenerator<string> {
    for await (const id of this.compute.changes(signal)) yield nameOfGroup('serve', id) ?? ''
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reconciler[Symbol.asyncDispose]()
    await this.compute[Symbol.asyncDispose]()
    this.#database.close()
  }
}

let directory: string
let bench: Bench
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sagebrush-endpoint-'))
  bench = await Bench.open(directory)
})
afterEach(async () => {
  // In this order: a reconciler that still ran would replace what is removed.
  await bench[Symbol.asyncDispose]()
  const compute = await openCompute(directory)
  for (const id of await groups()) await compute.remove(id)
  await compute[Symbol.asyncDispose]()
  await rm(directory, { recursive: true })
})

const groups = async () => (await readdir(join(directory, 'hosts'))).filter((id) => !id.startsWith('.'))
const isServing = (record: EndpointRecord | undefined) => record?.instance?.address !== undefined
const ask = async (record: EndpointRecord | undefined, path: string) =>
  (await fetch(`http://${record?.instance?.address}${path}`)).text()

test('an endpoint comes into service, answers, and leaves nothing when it is deleted', async () => {
  await bench.create('e', 'serve')
  expect((await bench.describe('e')).EndpointStatus).toBe('Creating')
  const record = await bench.until('e', isServing)
  expect(await bench.describe('e')).toMatchObject({
    EndpointStatus: 'InService',
    ProductionVariants: [{ VariantName: 'AllTraffic', CurrentInstanceCount: 1, DesiredInstanceCount: 1 }],
  })
  expect(await ask(record, '/')).toBe(`AllTraffic/${record?.instance?.id}`)
  await bench.handlers.DeleteEndpoint({ EndpointName: 'e' }, context)
  await bench.until('e', (each) => each === undefined)
  await expect(bench.describe('e')).rejects.toThrow(
    'Could not find endpoint "arn:aws:sagemaker:us-west-2:123456789012:endpoint/e".',
  )
  expect(await groups()).toEqual([])
})

test.each([
  ['fail', 'ClientError: there is no model at s3://bucket/none.tar.gz'],
  [
    'fail silently',
    'The primary container for production variant AllTraffic did not pass the ping health check: it ended with exit code 3. Please check the logs of this endpoint: /aws/sagemaker/Endpoints/e',
  ],
  ['vanish', expect.stringMatching(/^InternalServerError: the instance was lost: /)],
])('a container that does %s makes an endpoint that says why it failed', async (behaviour, reason) => {
  await bench.create('e', behaviour)
  await bench.until('e', (record) => record?.status === 'Failed' && !record.instance)
  expect(await bench.describe('e')).toMatchObject({ EndpointStatus: 'Failed', FailureReason: reason })
  expect(await groups()).toEqual([])
  await bench.handlers.DeleteEndpoint({ EndpointName: 'e' }, context)
  await bench.until('e', (record) => record === undefined)
})

test('an instance that dies in service is replaced, and the endpoint stays in service', async () => {
  await bench.create('e', 'serve')
  const before = await bench.until('e', isServing)
  await ask(before, '/die').catch(() => {})
  const after = await bench.until(
    'e',
    (record) => isServing(record) && record?.instance?.groupId !== before?.instance?.groupId,
  )
  expect(after?.status).toBe('InService')
  expect(after?.modifiedAt).toEqual(before?.modifiedAt)
  expect(await ask(after, '/')).not.toBe(`AllTraffic/${before?.instance?.id}`)
  expect(await groups()).toEqual([after?.instance?.groupId])
})

test('an endpoint goes on with the same instance when the server is started again', async () => {
  await bench.create('e', 'serve')
  const before = await bench.until('e', isServing)
  await bench[Symbol.asyncDispose]()
  bench = await Bench.open(directory)
  await bench.create('other', 'serve')
  await bench.until('other', isServing)
  const after = await bench.until('e', isServing)
  expect({ ...after?.instance, reason: after?.reason }).toEqual(before?.instance)
  expect(await ask(after, '/')).toBe(`AllTraffic/${before?.instance?.id}`)
})

test('an endpoint that is being made when the server ends is made by the next one', async () => {
  await bench.create('e', 'serve')
  await bench[Symbol.asyncDispose]()
  bench = await Bench.open(directory)
  expect((await bench.until('e', isServing))?.status).toBe('InService')
  expect(await groups()).toHaveLength(1)
})

test('an endpoint can be deleted while it is being made', async () => {
  await bench.create('e', 'load for ever')
  await bench.until('e', (record) => record?.instance?.startedAt !== undefined)
  await bench.handlers.DeleteEndpoint({ EndpointName: 'e' }, context)
  await bench.until('e', (record) => record === undefined)
  expect(await groups()).toEqual([])
})
