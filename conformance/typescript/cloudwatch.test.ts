import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  CloudWatchClient,
  GetMetricDataCommand,
  GetMetricStatisticsCommand,
  InvalidParameterValueException,
  ListMetricsCommand,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ServerProcess } from './server-process.ts'

// AWS's SDK for JavaScript, unmodified, in the protocol that it chooses.

let server: ServerProcess
let client: CloudWatchClient

beforeAll(async () => {
  server = await ServerProcess.start()
  const read = async (file: string) => JSON.parse(await readFile(join(server.data, file), 'utf8'))
  const { url: endpoint, region } = await read('server.json')
  const credentials = await read('credentials.json')
  client = new CloudWatchClient({ endpoint, region, credentials, requestMinCompressionSizeBytes: 1000 })
})
afterAll(async () => {
  client.destroy()
  await server[Symbol.asyncDispose]()
})

const minute = new Date(Math.floor(Date.now() / 60_000) * 60_000)
const later = new Date(minute.getTime() + 60_000)
const metric = { Namespace: 'Own', MetricName: 'loss', Dimensions: [{ Name: 'n', Value: '7' }] }

test('stores a long list of values, and tells each of them', async () => {
  const MetricData = Array.from({ length: 200 }, (_, index) => ({
    MetricName: 'loss',
    Dimensions: [{ Name: 'n', Value: String(index) }],
    Timestamp: minute,
    Value: index + 0.25,
  }))
  await client.send(new PutMetricDataCommand({ Namespace: 'Own', MetricData }))
  const listed = await client.send(new ListMetricsCommand({ Namespace: 'Own' }))
  expect(listed.Metrics).toHaveLength(200)
  const times = { StartTime: minute, EndTime: later }
  const statistics = await client.send(
    new GetMetricStatisticsCommand({ ...metric, ...times, Period: 60, Statistics: ['Average', 'Sum'] }),
  )
  expect(statistics.Datapoints).toEqual([{ Timestamp: minute, Average: 7.25, Sum: 7.25, Unit: 'None' }])
  const stat = { Metric: metric, Period: 60, Stat: 'Maximum' }
  const data = await client.send(
    new GetMetricDataCommand({ ...times, MetricDataQueries: [{ Id: 'm', MetricStat: stat }] }),
  )
  expect(data.MetricDataResults).toMatchObject([
    { Id: 'm', Timestamps: [minute], Values: [7.25], StatusCode: 'Complete' },
  ])
})

test("tells errors as the SDK's own classes", async () => {
  const input = { ...metric, StartTime: later, EndTime: minute, Period: 60, Statistics: ['Sum' as const] }
  const refused = client.send(new GetMetricStatisticsCommand(input))
  await expect(refused).rejects.toBeInstanceOf(InvalidParameterValueException)
  await expect(refused).rejects.toMatchObject({
    message: 'The parameter StartTime must be less than the parameter EndTime.',
    $metadata: { httpStatusCode: 400 },
  })
})
