import { appendFileSync } from 'node:fs'
import { InternalFailure } from '@sagebrush/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { MetricDefinition } from '../../plan/host-plan.ts'
import { poll, scriptPlan, TestHost } from '../../testing/test-host.ts'
import { metricsClient, shipMetrics } from '../metric-shipper.ts'
import { scrapeMetrics } from './scrape-metrics.ts'

let host: TestHost
beforeEach(async () => {
  host = await TestHost.create()
})
afterEach(() => host[Symbol.asyncDispose]())

const metricDefinitions: readonly MetricDefinition[] = [
  { name: 'loss', regex: 'loss=(\\S+)' },
  { name: 'accuracy', regex: 'accuracy=(\\S+)' },
  { name: 'never', regex: 'never=(\\S+)' },
]
const minute = Date.UTC(2026, 10, 21, 12, 0)

function scrape(said: string[] = [], patienceSeconds = 5) {
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' }
  const client = metricsClient({ endpoint: host.server.endpoint, region: 'us-west-2', credentials })
  const shipper = shipMetrics({
    client,
    trainingJob: 'job',
    pauseMilliseconds: 20,
    patience: { patienceSeconds },
  })
  return scrapeMetrics({
    path: host.path('log', 'output.log'),
    definitions: metricDefinitions,
    shipper,
    say: (line) => said.push(line),
    now: () => new Date(minute),
  })
}
const print = (...lines: string[]) =>
  appendFileSync(host.path('log', 'output.log'), lines.map((line) => `${line}\n`).join(''))
const stored = (name: string) => host.server.metrics.get(`job/${name}/${minute}`)

describe('scrapeMetrics', () => {
  it('stores values while they are printed, and tells the last of each metric', async () => {
    const scraper = scrape()
    print('loss=4', 'loss=2 accuracy=0.5')
    await poll('the first values', () => stored('loss'))
    print('loss=3')
    expect(await scraper.finish()).toEqual([
      { name: 'loss', value: 3, at: new Date(minute).toISOString() },
      { name: 'accuracy', value: 0.5, at: new Date(minute).toISOString() },
    ])
    expect(stored('loss')).toEqual({ SampleCount: 3, Sum: 9, Minimum: 2, Maximum: 4 })
    expect(stored('accuracy')).toEqual({ SampleCount: 1, Sum: 0.5, Minimum: 0.5, Maximum: 0.5 })
    expect(stored('never')).toBeUndefined()
  })

  it.each(['before', 'after'] as const)(
    'counts no value twice when connections break %s the work is done',
    async (fault) => {
      let faults = 0
      host.server.fault = (operation) =>
        operation === 'PutMetricData' && faults++ % 2 === 0 ? fault : undefined
      const scraper = scrape()
      print('loss=1')
      await poll('the first value', () => stored('loss'))
      print('loss=2', 'accuracy=1')
      await scraper.finish()
      expect(stored('loss')).toEqual({ SampleCount: 2, Sum: 3, Minimum: 1, Maximum: 2 })
      expect(stored('accuracy')).toEqual({ SampleCount: 1, Sum: 1, Minimum: 1, Maximum: 1 })
    },
  )

  it('waits for a server that is away', async () => {
    await host.server.close()
    const scraper = scrape()
    print('loss=1')
    const ended = scraper.finish()
    await host.server.reopen()
    await ended
    expect(stored('loss')?.SampleCount).toBe(1)
  })

  it('fails no job when metrics cannot be stored', async () => {
    host.server.fault = () => InternalFailure('broken')
    const said: string[] = []
    const scraper = scrape(said, 0)
    print('loss=1')
    expect(await scraper.finish()).toEqual([{ name: 'loss', value: 1, at: new Date(minute).toISOString() }])
    expect(said).toEqual(['metrics could not be stored: broken'])
  })
})

describe('a training job', () => {
  it('tells the last values of its metrics, also when it fails', async () => {
    const train = 'print("loss=0.5")\nprint("loss=0.25 accuracy=1")\nraise SystemExit(3)\n'
    const report = await host.run(scriptPlan(host, { 'train.py': train }, { metricDefinitions }))
    const metrics = report.phase === 'exited' ? report.metrics : []
    expect(metrics?.map(({ name, value }) => [name, value])).toEqual([
      ['loss', 0.25],
      ['accuracy', 1],
    ])
    const sets = [...host.server.metrics].filter(([key]) => key.startsWith('job/loss/'))
    expect(sets.reduce((count, [, { SampleCount }]) => count + SampleCount, 0)).toBe(2)
  })

  it('says in its log what is wrong with a definition', async () => {
    const wrong = { name: 'wrong', regex: 'loss=(' }
    await host.run(scriptPlan(host, { 'train.py': 'print("done")' }, { metricDefinitions: [wrong] }))
    expect(host.logLines()).toContain(
      'sagebrush-agent: the metric wrong is not searched for, because of its pattern loss=(: it is not a regular expression',
    )
  })
})
