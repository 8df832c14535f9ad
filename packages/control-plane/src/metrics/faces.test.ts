import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Client, cloudWatchFaces, createClient, logs, type Service, sts } from '@sagebrush/api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dispatcher } from '../http/dispatch.ts'
import { type Mount, mount } from '../http/mount.ts'
import { stsHandlers } from '../identity/identity-handlers.ts'
import { logsHandlers } from '../logs/handlers/logs-handlers.ts'
import { LogStore } from '../logs/store/log-store.ts'
import { openDatabase, type SqliteDatabase } from '../store/sqlite.ts'
import { metricsHandlers } from './metrics-handlers.ts'
import { sqliteMetricStore } from './store/metric-store.ts'

// One service in three protocols: each client reaches it, beside other services, and is answered in its own words.

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' }
const clock = () => new Date()

let directory: string
let database: SqliteDatabase
let logStore: LogStore
let mounts: readonly Mount[]
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sagebrush-faces-'))
  database = openDatabase(directory)
  logStore = await LogStore.open(join(directory, 'logs'))
  const store = sqliteMetricStore(database)
  mounts = [
    mount(sts, stsHandlers),
    mount(logs, logsHandlers({ store: logStore, clock })),
    ...cloudWatchFaces.map((face) => mount(face, metricsHandlers({ store, clock }))),
  ]
})
afterAll(async () => {
  await logStore[Symbol.asyncDispose]()
  database.close()
  rmSync(directory, { recursive: true })
})

function clientOf<S extends Service>(service: S, mode: 'signed' | 'none'): Client<S> {
  const authentication = { mode, secretOf: () => 'secret', now: clock, heldBodyLimitBytes: 1 << 20 }
  const send = dispatcher({
    mounts,
    authentication,
    account: '123456789012',
    defaultRegion: 'us-west-2',
    newRequestId: () => 'id',
    onFailure: ({ error }) => expect.unreachable(String(error)),
  })
  const signer = mode === 'signed' ? { credentials } : {}
  return createClient(service, { endpoint: 'http://localhost:8400', region: 'us-west-2', send, ...signer })
}

describe.each([
  ['CBOR', cloudWatchFaces[0]],
  ['JSON', cloudWatchFaces[1]],
  ['a form', cloudWatchFaces[2]],
] as const)('CloudWatch in %s', (face, service) => {
  test.each(['signed', 'none'] as const)('stores and tells a value (%s)', async (mode) => {
    const client = clientOf(service, mode)
    const metric = { Namespace: `of ${face}`, MetricName: mode }
    const now = clock()
    await client.PutMetricData({
      Namespace: metric.Namespace,
      MetricData: [{ MetricName: mode, Value: 2.5, Timestamp: now }],
    })
    const found = await client.GetMetricStatistics({
      ...metric,
      StartTime: now,
      EndTime: new Date(now.getTime() + 1000),
      Period: 60,
      Statistics: ['Average', 'SampleCount'],
    })
    const minute = new Date(Math.floor(now.getTime() / 60_000) * 60_000)
    expect(found.Datapoints).toEqual([{ Timestamp: minute, Average: 2.5, SampleCount: 1, Unit: 'None' }])
  })

  test('tells errors by the codes of old', async () => {
    const client = clientOf(service, 'signed')
    const put = (Namespace: string) => client.PutMetricData({ Namespace, MetricData: [] })
    await expect(put('AWS/EC2')).rejects.toMatchObject({ code: 'InvalidParameterValue', httpStatus: 400 })
    await expect(put('Own')).rejects.toMatchObject({ code: 'MissingParameter' })
    await expect(put('a'.repeat(256))).rejects.toMatchObject({
      code: 'ValidationError',
      message: expect.stringMatching(/^1 validation error detected: Value 'a+' at 'namespace' failed/),
    })
  })
})
